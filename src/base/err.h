/* SPDX-License-Identifier: MIT */
/* What can go wrong: a code, its exit status, one sentence and a remedy. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/buf.h"
#include "base/limits.h"

/*
 * X(code, exit status, what happened, what to do). A '%' stands for the detail
 * given to err_set. Whether a token is gone is not said here: it depends on
 * what had been sent before (see report.c).
 */
/* clang-format off */
#define ERR_LIST(X)                                                           \
	X(ERR_NONE, 0, "", "")                                                \
	/* Usage and configuration. */                                        \
	X(ERR_OPTION, 2, "unknown option %", "see patrm --help")              \
	X(ERR_OPTION_VALUE, 2, "option % needs a value", "see patrm --help")  \
	X(ERR_OPTION_NO_VALUE, 2, "option % takes no value",                  \
	  "see patrm --help")                                                 \
	X(ERR_OPTION_TWICE, 2, "option % is given twice", "give it once")     \
	X(ERR_OPTION_OFTEN, 2, "option % is given too often",                 \
	  "give it at most 16 times")                                         \
	X(ERR_OPTION_SECRET, 2, "what is given to % looks like a secret",     \
	  "put it into a file; clear the shell's history")                    \
	X(ERR_OPTION_PAIR, 2, "% exclude each other", "give one of them")     \
	X(ERR_OPTION_NUMBER, 2, "% is not a whole number in its range",       \
	  "see patrm --help")                                                 \
	X(ERR_REGION, 2, "there is no such region", "see patrm --help")       \
	X(ERR_NO_TOKEN, 2, "no TOKEN is given",                               \
	  "name tokens, or give - to read them from standard input, or --self")\
	X(ERR_STDIN_TWICE, 2, "standard input is asked for twice",            \
	  "use it for the key or for the TOKENs")                             \
	X(ERR_URL, 2, "the endpoint is not usable: %",                        \
	  "give one like https://api.smith.langchain.com")                    \
	X(ERR_NOT_LOOPBACK, 2, "http:// leads to %, which is not loopback",   \
	  "use https://")                                                     \
	X(ERR_UUID, 2, "% is not a UUID",                                     \
	  "give it as 8-4-4-4-12 hexadecimal digits")                         \
	X(ERR_NO_KEY, 2, "no API key is given",                               \
	  "set LANGSMITH_API_KEY or use --api-key-file FILE")                 \
	X(ERR_FILE_OPEN, 2, "cannot open %", "check its name and rights")     \
	X(ERR_FILE_READ, 2, "cannot read %", "check the file")                \
	X(ERR_FILE_WRITE, 2, "cannot write %", "make room, or use another file")\
	X(ERR_FILE_ONCE, 2, "% is no regular file, and is read more than once",\
	  "copy it into one")                                                 \
	X(ERR_SECRET_EMPTY, 2, "there is no key in %", "put it on one line")  \
	X(ERR_SECRET_LONG, 2, "the key in % is longer than 8192 bytes",       \
	  "check that it is the right file")                                  \
	X(ERR_SECRET_BYTES, 2,                                                \
	  "the key in % has a byte inside that no key has",                   \
	  "put the key alone on one line")                                    \
	X(ERR_BEARER_SCOPE, 2,                                                \
	  "a bearer token needs an organization or a workspace",              \
	  "add --organization UUID or --workspace UUID")                      \
	X(ERR_REQUEST, 2, "the request cannot be built", "report this")       \
	X(ERR_PROFILE, 2, "there is no profile %",                            \
	  "see the names in ~/.langsmith/config.json")                        \
	X(ERR_PROFILE_FILE, 2, "the profiles cannot be used: %",              \
	  "correct it, or set LANGSMITH_CONFIG_FILE")   \
	X(ERR_PROFILE_KEY, 2,                                                 \
	  "the profile's key is only for the profile's endpoint",             \
	  "add --endpoint or --region")          \
	X(ERR_SELF_KEY, 2, "the key is not the secret of a token",            \
	  "--self needs one like lsv2_pt_...")                                \
	/* A TOKEN that is none. */                                           \
	X(ERR_TOKEN_FORM, 2, "this is neither an id nor a short key",         \
	  "give a UUID, or one like lsv2_pt_3f2b...9d10")         \
	X(ERR_TOKEN_SECRET, 2, "this is a secret, or shows too much of one",  \
	  "give secrets on standard input; clear the shell's history")        \
	X(ERR_TOKEN_SHORT, 2,                                                 \
	  "this shows fewer than 4 characters of the secret",                 \
	  "a short key is like lsv2_pt_3f2b...9d10")      \
	X(ERR_TOKEN_PART, 2, "this is no whole secret and no short key",\
	  "give all of it, or 4 to 16 characters")                      \
	X(ERR_TOKEN_LONG, 2, "this line is longer than 1024 bytes",           \
	  "give one TOKEN a line")                                            \
	/* Lookups, and asking. */                                            \
	X(ERR_NO_MATCH, 4, "no token matches%",                               \
	  "check it, and the organization and region of the key")      \
	X(ERR_AMBIGUOUS, 2, "% tokens match", "give the id of one of them")   \
	X(ERR_CLASH, 2, "another TOKEN of the same token contradicts it",     \
	  "give the id of the right one")                                     \
	X(ERR_WEAK, 2, "its short key confirms only % characters, too few for --yes",    \
	  "give the id, or let patrm ask")      \
	X(ERR_NO_TERMINAL, 2, "there is no terminal to ask on",               \
	  "add --yes, or see with --dry-run")                      \
	X(ERR_NO_ROOM, 2, "there is no memory for the records found", \
	  "give fewer TOKENs, or ids")                                \
	X(ERR_LIST_FORM, 1, "% came with something that is no list of tokens",\
	  "check the endpoint: it may be a web page's, not the API's")        \
	X(ERR_LIST_TORN, 1, "the list of tokens broke off: %", "run it again")\
	X(ERR_LIST_ELEMENT, 1, "the list of tokens was not read whole: %",    \
	  "give the id of the token")                                         \
	X(ERR_NO_LIST, 1, "there is no list of tokens here, %",               \
	  "check the endpoint")                                               \
	X(ERR_INPUT_READ, 2, "cannot read the TOKENs any further: %",         \
	  "run it again for the rest")                                        \
	X(ERR_INPUT_EMPTY, 2, "there is no TOKEN on standard input",          \
	  "write one a line")                                                 \
	/* Trust. */                                                          \
	X(ERR_PIN_FORM, 2, "% is not a pin",                                  \
	  "a pin is sha256// and 44 characters of base64")                    \
	X(ERR_TIME_FORM, 2, "% is not a time",                                \
	  "give one like 2026-11-23T10:00:00Z")                               \
	X(ERR_NO_CERTIFICATE, 2, "there is no certificate in %",              \
	  "give a file of PEM certificates")                                  \
	X(ERR_CERT_EXPIRED, 5, "the certificate of %",                        \
	  "renew it; where a clock is wrong, --at gives the time"   )        \
	X(ERR_CERT_FUTURE, 5, "the certificate of %",                         \
	  "where a clock is wrong, --at gives the time"    )                  \
	X(ERR_CERT_NAME, 5, "the server's certificate is not for %",          \
	  "check the endpoint: this may be another server")                   \
	X(ERR_CERT_ISSUER, 5, "the server is not trusted: %",                 \
	  "if you know its root, give it with --cacert FILE")                 \
	X(ERR_CERT_PIN, 5, "the server's key is not one that is pinned, but %", \
	  "check the endpoint, or give the new pin")                          \
	X(ERR_CERT_BAD, 5, "the certificate of %",                            \
	  "the server needs another certificate")                             \
	X(ERR_CERT_FORM, 5, "the server's certificate cannot be used: %",     \
	  "the server needs another certificate")                             \
	/* Not reached. */                                                    \
	X(ERR_DEADLINE, 5, "the time was up: %",                              \
	  "allow more with --timeout SECONDS")                                \
	X(ERR_SIGNAL, 5, "stopped by %", "run it again for the rest")         \
	X(ERR_SYSTEM, 5, "the system refuses %", "check the machine")         \
	X(ERR_NO_NAME, 5, "there is no host %", "check the endpoint")         \
	X(ERR_LOOKUP, 5, "the name % cannot be resolved",                     \
	  "check this machine's DNS")                                         \
	X(ERR_CONNECT, 5, "cannot connect to %",                              \
	  "check the endpoint and the network")                               \
	X(ERR_TLS_SETUP, 5, "TLS cannot begin: %", "check the machine")       \
	X(ERR_TLS_MEMORY, 5, "the server's certificates need too much memory", \
	  "report this with the name of the host")                            \
	X(ERR_TLS_VERSION, 5, "the server speaks neither TLS 1.2 nor TLS 1.3", \
	  "check the endpoint")                                               \
	X(ERR_TLS_HANDSHAKE, 5, "the TLS handshake failed: %",                \
	  "check the endpoint and the network")                               \
	X(ERR_TLS_KEYLESS, 5,                                                 \
	  "the server wants TLS 1.3 without a key exchange",                  \
	  "check the endpoint: this may be an attack")                        \
	X(ERR_TLS_PROOF, 5,                                                   \
	  "the server does not prove that it has its certificate's key",      \
	  "check the endpoint")                                               \
	X(ERR_TLS_ALERT, 5, "the server refused the TLS handshake: %",        \
	  "check the endpoint")                                               \
	X(ERR_TLS_BROKEN, 5, "the TLS handshake broke off: %",                \
	  "check the endpoint and the network")                               \
	X(ERR_SEND, 5, "the connection broke before the request had left: %", \
	  "run it again")                                                     \
	/* Sent, and no trustworthy answer came. */                           \
	X(ERR_RECEIVE, 6, "the connection broke before the answer: %",        \
	  "run it again")                                                     \
	X(ERR_HTTP, 6, "the answer is not valid HTTP: %",                     \
	  "check the endpoint, and run it again")                             \
	X(ERR_BODY_LONG, 6, "the answer is longer than 512 KiB",              \
	  "check the endpoint")                                               \
	X(ERR_SUCCESS, 6, "% confirms nothing", "check the endpoint")         \
	X(ERR_NO_RECORD, 6, "% came with something that is no token",         \
	  "check the endpoint: it may be a web page's, not the API's")        \
	X(ERR_OTHER_TOKEN, 6, "the answer is about another token, %",         \
	  "look for both in the list of tokens")                              \
	X(ERR_SERVER, 6, "the server failed with %", "run it again later")    \
	X(ERR_LOST, 6, "the first answer was lost; then: %",                  \
	  "look for the token in the list of tokens")                         \
	/* Answered. */                                                       \
	X(ERR_REDIRECT, 1, "the server points elsewhere with %",              \
	  "give the right endpoint; the key does not follow")                 \
	X(ERR_REFUSED, 1, "the server refused with %",                        \
	  "correct what it names")                                            \
	X(ERR_FORBIDDEN, 3, "the key may not do this, %",                     \
	  "check the key, its organization, and its region: --region us, eu, "\
	  "apac or aws")                                                      \
	X(ERR_MISSING, 4, "there is no such token, or it is not yours, %",    \
	  "check the id, the organization, and whose token it is")            \
	X(ERR_NOT_YOURS, 4, "the token is there, but not yours: %",           \
	  "ask its owner, or an administrator of the organization")           \
	X(ERR_STILL_THERE, 1,                                                 \
	  "that confirms nothing, and the list still shows the token: %",       \
	  "run it again")                                                     \
	X(ERR_UNVERIFIED, 10, "not proven in time: %",                        \
	  "see patrm --list")                         \
	X(ERR_RATE, 7, "the server wants fewer requests, %",                  \
	  "wait, and run it again")                                           \
	X(ERR_UNREAD, 8, "its record could not be read: %", "")               \
	X(ERR_UNWRITTEN, 8, "its record could not be written out: %", "")     \
	X(ERR_UNNOTED, 8, "that could not be written down: %",                \
	  "write it down yourself")                                           \
	X(ERR_OUTPUT, 1, "the list could not be written out: %", "run it again")\
	X(ERR_NOT_TRIED, 2, "not tried: %", "run it again for this one")
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
 * detail is made printable and cut to ERR_DETAIL_MAX. Returns false always, for
 * `return err_set(...)`.
 */
bool err_set(struct err *e, enum err_code code, struct span detail);

/* Likewise, with the system's words for an errno behind the detail. */
bool err_set_errno(struct err *e, enum err_code code, const char *doing,
                   int number);

/* The exit status that the error means by itself (../shared CLI contract). */
int err_status(enum err_code code);

/* Writes the sentence, then the remedy, without a newline. */
void err_put_what(struct buf *out, const struct err *e);
void err_put_next(struct buf *out, const struct err *e);

#endif
