/* SPDX-License-Identifier: MIT */
/* What can go wrong: a code, its exit status, one sentence and a remedy. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/buf.h"
#include "base/limits.h"

/* What patrm ends with: whether the token is gone, and why not. */
enum exit_status {
	EXIT_DONE = 0, /* yes; or what was asked for has worked */
	EXIT_REFUSED = 1, /* no; also a list that could not be read */
	EXIT_USAGE = 2, /* no; the command line, or what it stands for */
	EXIT_FORBIDDEN = 3, /* no */
	EXIT_MISSING = 4, /* not by this call */
	EXIT_UNREACHED = 5, /* no; nothing was sent */
	EXIT_UNKNOWN = 6, /* sent, and no trustworthy answer came */
	EXIT_RATE_LIMITED = 7, /* no */
	EXIT_UNREAD = 8, /* yes; its record was lost on the way */
	EXIT_MIXED = 9, /* several that ended differently */
	EXIT_UNVERIFIED = 10, /* as the server said; --verify has no proof */
	EXIT_SIGNAL = 128, /* and the signal's number */
};

/*
 * X(code, exit status, what happened, what to do). A '%' stands for the detail
 * given to err_set. Whether a token is gone is not said here: it depends on
 * what had been sent before.
 */
/* clang-format off */
#define ERR_LIST(X)                                                           \
	X(ERR_NONE, EXIT_DONE,                                                \
	  "", "")                                                             \
	/* Usage and configuration. */                                        \
	X(ERR_OPTION, EXIT_USAGE,                                             \
	  "unknown option %", "see patrm --help")                             \
	X(ERR_OPTION_VALUE, EXIT_USAGE,                                       \
	  "option % needs a value", "see patrm --help")                       \
	X(ERR_OPTION_NO_VALUE, EXIT_USAGE,                                    \
	  "option % takes no value", "see patrm --help")                      \
	X(ERR_OPTION_TWICE, EXIT_USAGE,                                       \
	  "option % was given twice", "give it once")                         \
	X(ERR_OPTION_OFTEN, EXIT_USAGE,                                       \
	  "option % was given too many times", "give it at most 16 times")    \
	X(ERR_OPTION_SECRET, EXIT_USAGE,                                      \
	  "the value of % looks like a secret",                               \
	  "put it in a file, and clear your shell history")                   \
	X(ERR_OPTION_PAIR, EXIT_USAGE,                                        \
	  "% cannot be used together", "give one of them")                    \
	X(ERR_OPTION_LIST, EXIT_USAGE,                                        \
	  "option % chooses from a list", "give --list, too")                 \
	X(ERR_OPTION_NUMBER, EXIT_USAGE,                                      \
	  "% is not a whole number in the allowed range", "see patrm --help") \
	X(ERR_REGION, EXIT_USAGE,                                             \
	  "there is no such region", "see patrm --help")                      \
	X(ERR_NO_TOKEN, EXIT_USAGE,                                           \
	  "no TOKEN was given",                                               \
	  "name tokens, or give - to read them from standard input, or "      \
	  "--self")                                                           \
	X(ERR_STDIN_TWICE, EXIT_USAGE,                                        \
	  "standard input was requested twice",                               \
	  "use it for either the key or the TOKENs")                          \
	X(ERR_URL, EXIT_USAGE,                                                \
	  "the endpoint is not valid: %",                                     \
	  "give one like https://api.smith.langchain.com")                    \
	X(ERR_ROUTE, EXIT_USAGE,                                              \
	  "% is no way to a server",                                          \
	  "give --resolve HOST:PORT:ADDRESS, or --connect-to "                \
	  "HOST1:PORT1:HOST2:PORT2")                                          \
	X(ERR_PROXY_URL, EXIT_USAGE,                                          \
	  "the proxy's URL is not valid: %",                                  \
	  "give one like http://proxy.example:3128 or socks5h://127.0.0.1")   \
	X(ERR_PROXY_SECRET, EXIT_USAGE,                                       \
	  "a proxy's user and password must not stand on the command line",   \
	  "set HTTPS_PROXY to the URL, and clear your shell history")         \
	X(ERR_WEB_PAGE, EXIT_USAGE,                                           \
	  "the endpoint is that of LangSmith's web pages; the API is at %",   \
	  "give that, or --region")                                           \
	X(ERR_NOT_LOOPBACK, EXIT_USAGE,                                       \
	  "http:// leads to %, which is not a loopback address",              \
	  "use https://")                                                     \
	X(ERR_UUID, EXIT_USAGE,                                               \
	  "% is not a UUID",                                                  \
	  "give it as 8-4-4-4-12 hexadecimal digits")                         \
	X(ERR_NO_KEY, EXIT_USAGE,                                             \
	  "no API key was given",                                             \
	  "set LANGSMITH_API_KEY or use --api-key-file FILE")                 \
	X(ERR_FILE_OPEN, EXIT_USAGE,                                          \
	  "cannot open %", "check its name and permissions")                  \
	X(ERR_FILE_READ, EXIT_USAGE,                                          \
	  "cannot read %", "check the file")                                  \
	X(ERR_FILE_WRITE, EXIT_USAGE,                                         \
	  "cannot write %", "free some space, or use another file")           \
	X(ERR_FILE_ONCE, EXIT_USAGE,                                          \
	  "% is not a regular file, and must be read more than once",         \
	  "copy it to a regular file")                                        \
	X(ERR_SECRET_EMPTY, EXIT_USAGE,                                       \
	  "there is no key in %", "put it on one line")                       \
	X(ERR_SECRET_LONG, EXIT_USAGE,                                        \
	  "the key in % is longer than 8192 bytes",                           \
	  "check that it is the right file")                                  \
	X(ERR_SECRET_BYTES, EXIT_USAGE,                                       \
	  "the key in % contains a byte that no key contains",                \
	  "put the key alone on one line")                                    \
	X(ERR_BEARER_SCOPE, EXIT_USAGE,                                       \
	  "a bearer token needs an organization or a workspace",              \
	  "add --organization UUID or --workspace UUID")                      \
	X(ERR_HEADERS, EXIT_USAGE,                                            \
	  "the headers cannot be used: %", "give Name: value, one a line")    \
	X(ERR_REQUEST, EXIT_USAGE,                                            \
	  "the request cannot be built", "report this")                       \
	X(ERR_PROFILE, EXIT_USAGE,                                            \
	  "there is no profile %",                                            \
	  "see the names in ~/.langsmith/config.json")                        \
	X(ERR_PROFILE_FILE, EXIT_USAGE,                                       \
	  "the profiles cannot be used: %",                                   \
	  "fix the file, or set LANGSMITH_CONFIG_FILE")                       \
	X(ERR_PROFILE_KEY, EXIT_USAGE,                                        \
	  "the profile's key may only go to the profile's endpoint",          \
	  "add --endpoint or --region")                                       \
	X(ERR_SELF_KEY, EXIT_USAGE,                                           \
	  "the key is not the secret of a token",                             \
	  "--self needs one like lsv2_pt_...")                                \
	/* A TOKEN that is none. */                                           \
	X(ERR_TOKEN_FORM, EXIT_USAGE,                                         \
	  "this is neither an id nor a short key",                            \
	  "give a UUID, or a short key like lsv2_pt_3f2b...9d10")             \
	X(ERR_TOKEN_SECRET, EXIT_USAGE,                                       \
	  "this is a secret, or shows too much of one",                       \
	  "pass secrets on standard input, and clear your shell history")     \
	X(ERR_TOKEN_SHORT, EXIT_USAGE,                                        \
	  "this shows fewer than 4 characters of the secret, too few to "     \
	  "tell tokens apart",                                                \
	  "give its id, a short key like lsv2_pt_3f2b...9d10, or the whole "  \
	  "secret on standard input")                                         \
	X(ERR_SECRET_ONLY, EXIT_USAGE,                                        \
	  "this is no complete secret, and --self - takes nothing else",      \
	  "give all of it, or delete its token by id or short key, with a "   \
	  "key of yours")                                                     \
	X(ERR_TOKEN_PART, EXIT_USAGE,                                         \
	  "this is neither a complete secret nor a short key",                \
	  "give all of it, or 4 to 16 characters")                            \
	X(ERR_TOKEN_LONG, EXIT_USAGE,                                         \
	  "this line is longer than a TOKEN may be", "give one TOKEN a line") \
	X(ERR_TOKEN_RECORD, EXIT_USAGE,                                       \
	  "this is no record: no JSON object with an id",                     \
	  "give lines as --list --json prints them")                          \
	X(ERR_TOKEN_SERVICE, EXIT_USAGE,                                      \
	  "a service key cannot be revoked", "delete it, without --revoke")   \
	/* Lookups, and asking. */                                            \
	X(ERR_NO_MATCH, EXIT_MISSING,                                         \
	  "no token matches%",                                                \
	  "check it, and the organization and region of the key")             \
	X(ERR_AMBIGUOUS, EXIT_USAGE,                                          \
	  "% tokens match", "give the id of one of them")                     \
	X(ERR_CLASH, EXIT_USAGE,                                              \
	  "another TOKEN matches the same token but contradicts this one",    \
	  "give the id of the right one")                                     \
	X(ERR_WEAK, EXIT_USAGE,                                               \
	  "the list confirms only % characters, too few for --yes alone",      \
	  "give the id, or let patrm ask")                                    \
	X(ERR_UNCERTAIN, EXIT_USAGE,                                          \
	  "it may be of a token that another TOKEN names, but only % "        \
	  "characters confirm that",                                          \
	  "see what became of that token")                                    \
	X(ERR_NO_TERMINAL, EXIT_USAGE,                                        \
	  "there is no terminal to ask on",                                   \
	  "add --yes, or look with --dry-run first")                          \
	X(ERR_NO_ROOM, EXIT_USAGE,                                            \
	  "the records found do not fit into memory",                         \
	  "give fewer TOKENs, or ids")                                        \
	X(ERR_LIST_FORM, EXIT_REFUSED,                                        \
	  "% came with something that is not a list of tokens",               \
	  "check the endpoint: it may be that of a web page, not of the API") \
	X(ERR_LIST_TORN, EXIT_REFUSED,                                        \
	  "the list of tokens was cut short: %", "run it again")              \
	X(ERR_LIST_ELEMENT, EXIT_REFUSED,                                     \
	  "the list of tokens could not be read completely: %",               \
	  "give the id of the token")                                         \
	X(ERR_LIST_ENCODED, EXIT_REFUSED,                                     \
	  "the list of tokens is compressed, though that was not asked for",  \
	  "check the endpoint, and what stands before it")                    \
	X(ERR_NO_LIST, EXIT_REFUSED,                                          \
	  "there is no list of tokens here, %", "check the endpoint")         \
	X(ERR_INPUT_READ, EXIT_USAGE,                                         \
	  "cannot read any more TOKENs: %",                                   \
	  "run it again for the rest")                                        \
	X(ERR_INPUT_EMPTY, EXIT_USAGE,                                        \
	  "there is no TOKEN on standard input", "write one per line")        \
	/* Trust. */                                                          \
	X(ERR_PIN_FORM, EXIT_USAGE,                                           \
	  "% is not a pin",                                                   \
	  "a pin is sha256// followed by 44 characters of base64")            \
	X(ERR_TIME_FORM, EXIT_USAGE,                                          \
	  "% is not a time", "give one like 2026-11-23T10:00:00Z")            \
	X(ERR_CLOCK, EXIT_USAGE,                                              \
	  "this clock is wrong, so no token's age is known: %",               \
	  "set it, or say what time it is with --at TIME")                    \
	X(ERR_NO_CERTIFICATE, EXIT_USAGE,                                     \
	  "there is no certificate in %",                                     \
	  "give a file of PEM certificates")                                  \
	X(ERR_CLIENT_CHAIN, EXIT_USAGE,                                       \
	  "the client certificate cannot be used: %",                         \
	  "give it and its chain as PEM, with an RSA, P-256 or P-384 key")    \
	X(ERR_CLIENT_NO_CERT, EXIT_USAGE,                                     \
	  "--key was given without --cert",                                   \
	  "give the certificate that the key is for")                         \
	X(ERR_CLIENT_NO_KEY, EXIT_USAGE,                                      \
	  "there is no private key in %",                                     \
	  "give the client certificate's with --key FILE, as PEM")            \
	X(ERR_CLIENT_KEY, EXIT_USAGE,                                         \
	  "the private key in % cannot be used",                              \
	  "give an RSA, P-256 or P-384 key as PEM")                           \
	X(ERR_CLIENT_ENCRYPTED, EXIT_USAGE,                                   \
	  "the private key is encrypted: decrypt it with "                    \
	  "openssl pkey -in % -out plain.pem", "give --key plain.pem")        \
	X(ERR_CLIENT_OTHER_KEY, EXIT_USAGE,                                   \
	  "the private key in % does not belong to the client certificate",   \
	  "give the one that does with --key FILE")                           \
	X(ERR_CERT_EXPIRED, EXIT_UNREACHED,                                   \
	  "the certificate of %",                                             \
	  "renew it; if this machine's clock is wrong, use --at TIME")        \
	X(ERR_CERT_FUTURE, EXIT_UNREACHED,                                    \
	  "the certificate of %",                                             \
	  "if this machine's clock is wrong, use --at TIME")                  \
	X(ERR_CERT_NAME, EXIT_UNREACHED,                                      \
	  "the server's certificate is not for %",                            \
	  "check the endpoint: this may be another server")                   \
	X(ERR_CERT_ISSUER, EXIT_UNREACHED,                                    \
	  "the server is not trusted: %",                                     \
	  "if you know its root, give it with --cacert FILE")                 \
	X(ERR_CERT_PIN, EXIT_UNREACHED,                                       \
	  "the server's key is not one that is pinned, but %",                \
	  "check the endpoint, or give the new pin")                          \
	X(ERR_CERT_BAD, EXIT_UNREACHED,                                       \
	  "the certificate of %",                                             \
	  "the server needs another certificate")                             \
	X(ERR_CERT_FORM, EXIT_UNREACHED,                                      \
	  "the server's certificate cannot be used: %",                       \
	  "the server needs another certificate")                             \
	/* Not reached. */                                                    \
	X(ERR_DEADLINE, EXIT_UNREACHED,                                       \
	  "timed out: %", "allow more time with --timeout SECONDS")           \
	X(ERR_SIGNAL, EXIT_UNREACHED,                                         \
	  "stopped by %", "run it again for the rest")                        \
	X(ERR_SYSTEM, EXIT_UNREACHED,                                         \
	  "the system refused %", "check the machine")                        \
	X(ERR_NO_NAME, EXIT_UNREACHED,                                        \
	  "there is no host %", "check the endpoint")                         \
	X(ERR_LOOKUP, EXIT_UNREACHED,                                         \
	  "the name % cannot be resolved now", "check this machine's DNS")        \
	X(ERR_CONNECT, EXIT_UNREACHED,                                        \
	  "cannot connect to %", "check the endpoint and the network")        \
	X(ERR_PROXY, EXIT_UNREACHED,                                          \
	  "the proxy does not lead there: %",                                 \
	  "check the proxy, or do without: --proxy ''")                       \
	X(ERR_PROXY_USER, EXIT_UNREACHED,                                     \
	  "the proxy wants another user and password",                        \
	  "set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT")                \
	X(ERR_RANDOM, EXIT_UNREACHED,                                         \
	  "there are no random numbers: %", "check the machine")              \
	X(ERR_TLS_SETUP, EXIT_UNREACHED,                                      \
	  "cannot start TLS: %", "check the machine")                         \
	X(ERR_TLS_MEMORY, EXIT_UNREACHED,                                     \
	  "the server's certificates need too much memory",                   \
	  "report this with the name of the host")                            \
	X(ERR_TLS_VERSION, EXIT_UNREACHED,                                    \
	  "the server speaks neither TLS 1.2 nor TLS 1.3",                    \
	  "check the endpoint")                                               \
	X(ERR_TLS_HANDSHAKE, EXIT_UNREACHED,                                  \
	  "the TLS handshake failed: %",                                      \
	  "check the endpoint and the network")                               \
	X(ERR_TLS_KEYLESS, EXIT_UNREACHED,                                    \
	  "the server wants TLS 1.3 without a key exchange",                  \
	  "check the endpoint: this may be an attack")                        \
	X(ERR_TLS_PROOF, EXIT_UNREACHED,                                      \
	  "the server does not prove that it has its certificate's key",      \
	  "check the endpoint")                                               \
	X(ERR_TLS_ALERT, EXIT_UNREACHED,                                      \
	  "the server refused the TLS handshake: %",                          \
	  "check the endpoint")                                               \
	X(ERR_CLIENT_REFUSED, EXIT_UNREACHED,                                 \
	  "the server refused the TLS handshake: %",                          \
	  "give the client certificate that it wants with --cert FILE")       \
	X(ERR_CLIENT_REFUSED_LATE, EXIT_UNKNOWN,                              \
	  "the server ended the session before the answer: %",                \
	  "give the client certificate that it wants with --cert FILE")       \
	X(ERR_TLS_BROKEN, EXIT_UNREACHED,                                     \
	  "the connection was lost during the TLS handshake: %",              \
	  "check the endpoint and the network")                               \
	X(ERR_SEND, EXIT_UNREACHED,                                           \
	  "the connection broke before the request was sent: %",              \
	  "run it again")                                                     \
	/* Sent, and no trustworthy answer came. */                           \
	X(ERR_RECEIVE, EXIT_UNKNOWN,                                          \
	  "the connection broke before the answer: %", "run it again")        \
	X(ERR_HTTP, EXIT_UNKNOWN,                                             \
	  "the answer is not valid HTTP: %",                                  \
	  "check the endpoint, and run it again")                             \
	X(ERR_BODY_LONG, EXIT_UNKNOWN,                                        \
	  "the answer is longer than 512 KiB", "check the endpoint")          \
	X(ERR_SUCCESS, EXIT_UNKNOWN,                                          \
	  "% confirms nothing", "check the endpoint")                         \
	X(ERR_NO_RECORD, EXIT_UNKNOWN,                                        \
	  "% came with something that is not a token",                        \
	  "check the endpoint: it may be that of a web page, not of the API") \
	X(ERR_OTHER_TOKEN, EXIT_UNKNOWN,                                      \
	  "the answer is about another token, %",                             \
	  "look for both with --list")                                        \
	X(ERR_SERVER, EXIT_UNKNOWN,                                           \
	  "the server failed with %", "run it again later")                   \
	X(ERR_LOST, EXIT_UNKNOWN,                                             \
	  "the first answer was lost; then: %",                               \
	  "look for the token with --list")                                   \
	/* Answered. */                                                       \
	X(ERR_REDIRECT, EXIT_REFUSED,                                         \
	  "the server redirects with %",                                      \
	  "use the right endpoint; the key never follows a redirect")         \
	X(ERR_REFUSED, EXIT_REFUSED,                                          \
	  "the server refused with %", "fix what it names")                   \
	X(ERR_CONFLICT, EXIT_REFUSED,                                         \
	  "the server sees a conflict with another change, %",                \
	  "look for the token with --list, and run it again")                 \
	X(ERR_FORBIDDEN, EXIT_FORBIDDEN,                                      \
	  "the key is not allowed to do this, %",                             \
	  "check the key, its organization, and its region: --region "        \
	  "us, eu, apac, aws or any")                                         \
	X(ERR_LOGIN, EXIT_FORBIDDEN,                                          \
	  "the profile's login expired at %",                                 \
	  "log in again with langsmith auth login, or use an API key")        \
	/* Likewise, of a secret that is to delete itself. */                 \
	X(ERR_DEAD, EXIT_FORBIDDEN,                                           \
	  "the secret is not allowed to do this, %",                          \
	  "it may be expired, revoked or deleted already, or be of another "  \
	  "organization or region: --region us, eu, apac, aws or any")        \
	X(ERR_REGIONS, EXIT_FORBIDDEN,                                        \
	  "no region accepts the key: %",                                     \
	  "it may be expired, revoked or deleted already, or be of another "  \
	  "organization")                                                     \
	X(ERR_REGION_UNSAID, EXIT_UNREACHED,                                  \
	  "it is not known which region accepts the key: %",                  \
	  "run it again, or name the region with --region")                   \
	X(ERR_MISSING, EXIT_MISSING,                                          \
	  "there is no such token, or it is not yours, %",                    \
	  "check the id, the organization, and whose token it is")            \
	X(ERR_NOT_YOURS, EXIT_MISSING,                                        \
	  "the token is there, but not yours: %",                             \
	  "ask its owner, or an administrator of the organization")           \
	X(ERR_STILL_THERE, EXIT_UNKNOWN,                                      \
	  "the list still shows the token, read at %",                        \
	  "run it again, or look with --list")                                \
	X(ERR_UNVERIFIED, EXIT_UNVERIFIED,                                    \
	  "not proven in time: %", "see patrm --list")                        \
	X(ERR_RATE, EXIT_RATE_LIMITED,                                        \
	  "the server limits requests, %",                                    \
	  "wait, and run it again")                                           \
	X(ERR_UNREAD, EXIT_UNREAD,                                            \
	  "its record could not be read: %", "")                              \
	X(ERR_UNWRITTEN, EXIT_UNREAD,                                         \
	  "its record could not be written out: %", "")                       \
	X(ERR_UNNOTED, EXIT_UNREAD,                                           \
	  "the audit file could not be written: %",                           \
	  "make a note of it yourself")                                       \
	X(ERR_OUTPUT, EXIT_REFUSED,                                           \
	  "the list could not be written out: %", "run it again")             \
	X(ERR_NOT_TRIED, EXIT_USAGE,                                          \
	  "not tried: %", "run it again for this one")
/* clang-format on */

enum err_code {
#define X(code, status, what, next) code,
	ERR_LIST(X)
#undef X
};

/* One error; all zeros means none. Owns its bytes. */
struct err {
	enum err_code code;
	size_t detail_len;
	uint8_t detail[ERR_DETAIL_MAX];
};

/*
 * Records the error unless one is recorded already: the first one wins. The
 * detail (NULL: none) is made printable and cut to ERR_DETAIL_MAX. Returns false
 * always, for `return err_set(...)`.
 */
bool err_set(struct err *e, enum err_code code, const char *detail);
bool err_set_span(struct err *e, enum err_code code, struct span detail);

/* Likewise, with a detail as fmt_put has it. */
bool err_format(struct err *e, enum err_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Likewise, with the system's words for an errno behind the detail. */
bool err_set_errno(struct err *e, enum err_code code, const char *doing,
                   int number);

/* Writes what POSIX calls an errno, of those that patrm's calls may give. */
void err_put_errno(struct buf *out, int number);

/* The exit status that the error means by itself. */
enum exit_status err_status(enum err_code code);

/* Makes *e an error of that code whose detail is the sentence that it was. */
void err_wrap(struct err *e, enum err_code code);

/* Writes the sentence, or the remedy, without a newline. */
void err_put_what(struct buf *out, const struct err *e);
void err_put_next(struct buf *out, const struct err *e);

#endif
