/* SPDX-License-Identifier: MIT */
/* The command line as it was written: one row an option says all of it. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/err.h"

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_FILE, /* the name of a file */
	OPTION_SECRET, /* of one with a secret, which the environment may hold */
	OPTION_PRIVATE, /* a text, with a secret in it where it is a variable's */
};

/*
 * X(option, letter or 0, long name, kind, what its value is called, how often,
 * variables of the environment that stand for it, options that it excludes,
 * help). A pair that excludes each other is named in one of its rows.
 */
/* clang-format off */
#define OPTIONS(X)                                                            \
	X(ENDPOINT, 'e', "endpoint", OPTION_TEXT, "URL", 1,                   \
	  "LANGSMITH_ENDPOINT LANGCHAIN_ENDPOINT", WITH(REGION),              \
	  "base URL; default https://api.smith.langchain.com")                \
	X(REGION, 0, "region", OPTION_TEXT, "NAME", 1, "", 0,                 \
	  "us, eu, apac or aws instead of --endpoint; any: the first of them " \
	  "that accepts the key")                                             \
	X(ORGANIZATION, 'o', "organization", OPTION_TEXT, "UUID", 1,          \
	  "LANGSMITH_ORGANIZATION_ID", 0, "X-Organization-Id")                \
	X(WORKSPACE, 'w', "workspace", OPTION_TEXT, "UUID", 1,                \
	  "LANGSMITH_WORKSPACE_ID LANGSMITH_TENANT_ID "                       \
	  "LANGCHAIN_WORKSPACE_ID", 0, "X-Tenant-Id")                         \
	X(API_KEY_FILE, 'k', "api-key-file", OPTION_SECRET, "FILE", 1,        \
	  "LANGSMITH_API_KEY LANGCHAIN_API_KEY", WITH(BEARER_FILE),           \
	  "read the API key from FILE; - is standard input")                  \
	X(BEARER_FILE, 0, "bearer-file", OPTION_SECRET, "FILE", 1,            \
	  "LANGSMITH_BEARER_TOKEN", 0,                                        \
	  "read a bearer token from FILE instead")                            \
	X(PROFILE, 0, "profile", OPTION_TEXT, "NAME", 1,                      \
	  "LANGSMITH_PROFILE", 0,                                             \
	  "a profile of ~/.langsmith/config.json, or of the file that "       \
	  "LANGSMITH_CONFIG_FILE names")                                      \
	X(LIST, 'l', "list", OPTION_FLAG, "", 1, "",                          \
	  WITH(SELF) | WITH(TOKENS), "show your tokens")                      \
	X(ALL_MEMBERS, 0, "all-members", OPTION_FLAG, "", 1, "", 0,           \
	  "show every member's tokens")                                       \
	X(EXPIRED, 0, "expired", OPTION_FLAG, "", 1, "", 0,                   \
	  "with --list: only what has expired or was revoked")                \
	X(UNUSED_FOR, 0, "unused-for", OPTION_TEXT, "DAYS", 1, "", 0,         \
	  "with --list: only what was not used for so long")                  \
	X(OLDER_THAN, 0, "older-than", OPTION_TEXT, "DAYS", 1, "", 0,         \
	  "with --list: only what was made so long ago")                      \
	X(OWNER, 0, "owner", OPTION_TEXT, "TEXT", 1, "", 0,                   \
	  "with --list: only of those who have TEXT in their name")           \
	X(SERVICE_KEYS, 0, "service-keys", OPTION_FLAG, "", 1, "",            \
	  WITH(ALL_MEMBERS) | WITH(REVOKE),                                   \
	  "ids, records and --list are about service keys")                   \
	X(SELF, 0, "self", OPTION_FLAG, "", 1, "", WITH(TOKENS),              \
	  "the token that it authenticates with; --self -: each secret on "    \
	  "standard input, by itself")                                        \
	X(REVOKE, 0, "revoke", OPTION_FLAG, "", 1, "", 0,                     \
	  "revoke, not delete: the record stays, and the token can be "       \
	  "reinstated")                                                       \
	X(DRY_RUN, 'n', "dry-run", OPTION_FLAG, "", 1, "", 0,                 \
	  "look everything up, delete nothing")                               \
	X(YES, 'y', "yes", OPTION_FLAG, "", 1, "", 0, "do not ask")           \
	X(IGNORE_MISSING, 0, "ignore-missing", OPTION_FLAG, "", 1, "", 0,     \
	  "a token that is not there (404) counts as done")                   \
	X(VERIFY, 0, "verify", OPTION_FLAG, "", 1, "", WITH(DRY_RUN),         \
	  "prove that it is gone: by the list, and by its secret, if that "   \
	  "is at hand")                                                       \
	X(AUDIT, 0, "audit", OPTION_FILE, "FILE", 1, "", 0,                   \
	  "append a JSON line before and after each deletion")                \
	X(JSON, 'j', "json", OPTION_FLAG, "", 1, "", 0,                       \
	  "one JSON object a line on standard output")                        \
	X(QUIET, 'q', "quiet", OPTION_FLAG, "", 1, "", WITH(VERBOSE),         \
	  "no text results, only errors")                                     \
	X(VERBOSE, 'v', "verbose", OPTION_FLAG, "", 1, "", 0,                 \
	  "say what happens on the wire, never a secret")                     \
	X(TIMEOUT, 't', "timeout", OPTION_TEXT, "SECONDS", 1, "", 0,          \
	  "for each token, everything included (default 30)")                 \
	X(RETRIES, 0, "retries", OPTION_TEXT, "N", 1, "", 0,                  \
	  "after a failure that may pass (default 2)")                        \
	X(RESOLVE, 0, "resolve", OPTION_TEXT, "HOST:PORT:ADDR", ROUTES_MAX,   \
	  "", 0, "use ADDR instead of DNS; may be given again")               \
	X(CONNECT_TO, 0, "connect-to", OPTION_TEXT,                           \
	  "HOST1:PORT1:HOST2:PORT2", ROUTES_MAX, "", 0,                       \
	  "connect to HOST2:PORT2 instead; may be given again")               \
	X(PROXY, 0, "proxy", OPTION_PRIVATE, "URL", 1,                        \
	  "https_proxy HTTPS_PROXY all_proxy ALL_PROXY", 0,                   \
	  "go through http://HOST:PORT or socks5h://HOST:PORT; '' is none; "  \
	  "NO_PROXY says for whom not")                                       \
	X(CACERT, 0, "cacert", OPTION_FILE, "FILE", 1, "SSL_CERT_FILE", 0,    \
	  "trust these PEM certificates, and only these; builtin is the "     \
	  "roots inside")                                                     \
	X(PIN, 0, "pin", OPTION_TEXT, "sha256//BASE64", PINS_MAX, "", 0,      \
	  "the server's key must also be this one; may be given again")       \
	X(CERT, 0, "cert", OPTION_SECRET, "FILE", 1, "", 0,                   \
	  "the client certificate for a gateway that asks for one, PEM")      \
	X(KEY, 0, "key", OPTION_SECRET, "FILE", 1, "", 0,                     \
	  "its key, PEM, if it is not in the same file")                      \
	X(HEADER_FILE, 0, "header-file", OPTION_SECRET, "FILE", 1,            \
	  "LANGCHAIN_CUSTOM_HEADERS", 0,                                      \
	  "request headers for a gateway from FILE: Name: value, one a line") \
	X(AT, 0, "at", OPTION_TEXT, "TIME", 1, "", 0,                         \
	  "check certificates at this time, for a machine with a wrong "      \
	  "clock: 2026-11-23T10:00:00Z")                                      \
	X(HELP, 'h', "help", OPTION_FLAG, "", 1, "", 0, "show this")          \
	X(VERSION, 'V', "version", OPTION_FLAG, "", 1, "", 0,                 \
	  "show the versions of patrm and of what is in it")
/* clang-format on */

enum option {
#define X(option, letter, name, kind, value, most, variables, excludes, help) \
	OPTION_##option,
	OPTIONS(X)
#undef X
		OPTION_TOKENS, /* none: a TOKEN, for the pairs */
};

#define OPTION_COUNT OPTION_TOKENS

enum command { COMMAND_DELETE, COMMAND_LIST, COMMAND_HELP, COMMAND_VERSION };

/* Texts are those of argv and live as long. */
struct options {
	/* PINS_MAX: the most that any has. Few have more than one. */
	const char *value[PINS_MAX][OPTION_COUNT];
	int token_count;
	char **tokens; /* in argv, which is reordered for it */
};

/*
 * Reads the command line, options and TOKENs in any order, "--" before the
 * TOKENs if wanted. ERR_OPTION... An option that is unknown is only repeated in
 * the error where it cannot be a secret.
 */
bool options_parse(struct options *o, int argc, char **argv, struct err *e);

/*
 * Whether the options go together, with each other and with TOKENs:
 * ERR_OPTION_PAIR, ERR_OPTION_LIST, ERR_STDIN_TWICE, ERR_NO_TOKEN.
 */
bool options_check(const struct options *o, struct err *e);

enum command options_command(const struct options *o);

/* What was given as the n-th of an option, from 0, or NULL; a flag has "". */
const char *options_value(const struct options *o, enum option option,
                          size_t n);
bool options_has(const struct options *o, enum option option);

/* Whether the TOKENs are secrets on standard input, each for itself: --self -. */
bool options_read_secrets(const struct options *o);

/* How often standard input is to be read: for TOKENs, or for a secret. */
int options_count_inputs(const struct options *o);

/*
 * The first of an option's variables that is set to more than the blanks and
 * quotes that people and shells leave around a value; NULL where none is. As it
 * stands in the environment, and at most until options_wipe_environment, which
 * wipes the secrets there, used or not.
 */
const char *options_variable(enum option option);

/* The same of any variables, whose names stand between blanks. */
const char *options_environment(const char *names);
void options_wipe_environment(void);

/* The text of --help. */
void options_put_help(struct buf *out);

#endif
