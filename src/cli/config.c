/* SPDX-License-Identifier: MIT */
/* What counts in the end: options, then the environment, then defaults. */
#include "cli/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/calendar.h"

/* What people and shells leave around a value. */
static const char AROUND[] = " \t\r\n\"'";

/* --- The environment --- */

/* The value without blanks and quotes around it; empty ones do not count. */
static struct span
environment(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL)
		return (struct span){ NULL, 0 };
	return span_trim(span_of(value), AROUND);
}

/* The first of the variables that is set; with a NULL at where none is. */
static struct span
environment_of(const char *first, const char *second)
{
	struct span value = environment(first);

	if (value.len == 0)
		value = environment(second);
	if (value.len == 0)
		value.at = NULL;
	return value;
}

/* The option if it is given, else the environment's value. */
static struct span
choose(const char *option, const char *first, const char *second)
{
	if (option != NULL)
		return span_of(option);
	return environment_of(first, second);
}

/* --- Plain values --- */

static bool
resolve_server(struct config *c, const struct opts *o, struct err *e)
{
	static const struct {
		const char *name, *url;
	} regions[] = {
		{ "us", "https://api.smith.langchain.com" },
		{ "eu", "https://eu.api.smith.langchain.com" },
		{ "apac", "https://apac.api.smith.langchain.com" },
		{ "aws", "https://aws.api.smith.langchain.com" },
	};
	struct span url;

	if (o->endpoint != NULL && o->region != NULL)
		return err_set(e, ERR_OPTION_PAIR,
		               SPAN("--endpoint and --region"));
	for (size_t i = 0; o->region != NULL && i < 4; i++)
		if (strcmp(o->region, regions[i].name) == 0)
			return url_parse(span_of(regions[i].url), &c->server,
			                 e);
	if (o->region != NULL)
		return err_set(e, ERR_REGION, SPAN(""));
	url = choose(o->endpoint, "LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT");
	if (url.at == NULL)
		url = span_of(regions[0].url);
	return url_parse(url, &c->server, e);
}

/* What is given must be a UUID; `name` is what it is called if it is none. */
static bool
resolve_scope(struct span value, struct api_scope *scope, const char *name,
              struct err *e)
{
	scope->given = value.at != NULL;
	if (scope->given && !uuid_parse(value, &scope->id))
		return err_set(e, ERR_UUID, span_of(name));
	return true;
}

static bool
resolve_scopes(struct config *c, const struct opts *o, struct err *e)
{
	struct span organization =
		choose(o->organization, "LANGSMITH_ORGANIZATION_ID",
	               "LANGSMITH_ORGANIZATION_ID");
	struct span workspace = choose(o->workspace, "LANGSMITH_WORKSPACE_ID",
	                               "LANGSMITH_TENANT_ID");

	return resolve_scope(organization, &c->identity.organization,
	                     "the organization", e) &&
	       resolve_scope(workspace, &c->identity.workspace, "the workspace",
	                     e);
}

static bool
resolve_number(const char *text, unsigned *value, unsigned most, struct err *e)
{
	struct span digits = text != NULL ? span_of(text) : SPAN("");

	if (text == NULL)
		return true;
	if (digits.len < 1 || digits.len > 5 ||
	    !span_digits(digits, digits.len, value) || *value > most)
		return err_set(e, ERR_OPTION_NUMBER, digits);
	return true;
}

static bool
resolve_trust(struct config *c, const struct opts *o, struct err *e)
{
	struct span file = choose(o->cacert, "SSL_CERT_FILE", "SSL_CERT_FILE");

	/* A name goes to open(2) as it is, quotes and all. */
	c->certificates = o->cacert != NULL ? o->cacert
	                  : file.at != NULL ? getenv("SSL_CERT_FILE")
	                                    : NULL;
	c->has_time = o->at != NULL;
	if (c->has_time && !calendar_parse(span_of(o->at), &c->time))
		return err_set(e, ERR_TIME_FORM, span_of(o->at));
	if (o->pins[0] != NULL && !c->server.secure)
		return err_set(e, ERR_OPTION_PAIR, SPAN("--pin and http://"));
	for (const char *const *pin = o->pins; *pin != NULL; pin++)
		if (!trust_parse_pin(span_of(*pin), &c->pins[c->pin_count++],
		                     e))
			return false;
	return true;
}

/* --- The secret --- */

/* A header's value must hold it as it is: printable ASCII, no blanks. */
static bool
take_secret(struct config *c, struct span value, const char *from,
            struct err *e)
{
	value = span_trim(value, AROUND);
	if (value.len == 0)
		return err_set(e, ERR_SECRET_EMPTY, span_of(from));
	if (value.len > SECRET_MAX)
		return err_set(e, ERR_SECRET_LONG, span_of(from));
	for (size_t i = 0; i < value.len; i++)
		if (value.at[i] <= 0x20 || value.at[i] >= 0x7f)
			return err_set(e, ERR_SECRET_BYTES, span_of(from));
	memcpy(c->identity.secret, value.at, value.len);
	c->identity.secret_len = value.len;
	return true;
}

/* Fills the buf from the file, up to its end or the buf's. */
static bool
read_all(int file, struct buf *into, const char *name, struct err *e)
{
	while (into->len < into->cap) {
		ssize_t got;

		if (!wait_file(file, POLLIN, deadline_never(), e))
			return false;
		got = read(file, into->at + into->len, into->cap - into->len);
		if (got == 0)
			return true;
		if (got > 0)
			into->len += (size_t)got;
		else if (errno != EINTR && errno != EAGAIN)
			return err_set_errno(e, ERR_FILE_READ, name, errno);
	}
	return true;
}

static bool
read_secret(struct config *c, const char *path, struct err *e)
{
	bool standard_input = strcmp(path, "-") == 0;
	const char *name = standard_input ? "standard input" : path;
	uint8_t text[SECRET_MAX + 16]; /* blanks and quotes around it */
	struct buf content = BUF_OVER(text);
	int file = STDIN_FILENO;
	bool taken;

	/* A pipe without a writer is waited for where signals are heard. */
	if (!standard_input)
		file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file < 0)
		return err_set_errno(e, ERR_FILE_OPEN, path, errno);
	taken = read_all(file, &content, name, e);
	if (taken && content.len == content.cap)
		taken = err_set(e, ERR_SECRET_LONG, span_of(name));
	if (taken)
		taken = take_secret(c, buf_written(&content), name, e);
	buf_wipe(&content);
	if (!standard_input)
		close(file);
	return taken;
}

static bool
resolve_secret(struct config *c, const struct opts *o, struct err *e)
{
	struct span bearer = environment("LANGSMITH_BEARER_TOKEN");
	struct span key =
		environment_of("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY");

	c->identity.bearer = o->bearer_file != NULL ||
	                     (o->api_key_file == NULL && bearer.len > 0);
	if (o->bearer_file != NULL)
		return read_secret(c, o->bearer_file, e);
	if (o->api_key_file != NULL)
		return read_secret(c, o->api_key_file, e);
	if (bearer.len > 0)
		return take_secret(c, bearer, "LANGSMITH_BEARER_TOKEN", e);
	if (key.len == 0)
		return err_set(e, ERR_NO_KEY, SPAN(""));
	return take_secret(c, key, "the environment", e);
}

/*
 * What is in the environment can be read from outside, and is inherited. A
 * name may stand there twice, so all of it is looked through.
 */
static void
wipe_environment(void)
{
	static const char *const names[] = { "LANGSMITH_API_KEY=",
		                             "LANGCHAIN_API_KEY=",
		                             "LANGSMITH_BEARER_TOKEN=" };

	for (char **entry = environ; entry != NULL && *entry != NULL; entry++)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			size_t len = strlen(names[i]);

			if (strncmp(*entry, names[i], len) == 0)
				explicit_bzero(*entry + len,
				               strlen(*entry + len));
		}
}

/* --- Everything --- */

static bool
reads_input_twice(const struct opts *o)
{
	int asked = 0;

	for (int i = 0; i < o->token_count; i++)
		asked += strcmp(o->tokens[i], "-") == 0;
	asked += o->api_key_file != NULL && strcmp(o->api_key_file, "-") == 0;
	asked += o->bearer_file != NULL && strcmp(o->bearer_file, "-") == 0;
	return asked > 1;
}

static bool
check_combination(const struct opts *o, struct err *e)
{
	if (o->quiet && o->verbose)
		return err_set(e, ERR_OPTION_PAIR, SPAN("-q and -v"));
	if (o->api_key_file != NULL && o->bearer_file != NULL)
		return err_set(e, ERR_OPTION_PAIR,
		               SPAN("--api-key-file and --bearer-file"));
	if (reads_input_twice(o))
		return err_set(e, ERR_STDIN_TWICE, SPAN(""));
	if (o->token_count == 0)
		return err_set(e, ERR_NO_TOKEN, SPAN(""));
	return true;
}

static bool
resolve(struct config *c, const struct opts *o, struct err *e)
{
	unsigned seconds = 30;

	c->retries = 2;
	if (!check_combination(o, e) || !resolve_server(c, o, e) ||
	    !resolve_scopes(c, o, e) ||
	    !resolve_number(o->timeout, &seconds, 86400, e) ||
	    !resolve_number(o->retries, &c->retries, 100, e))
		return false;
	if (seconds == 0)
		return err_set(e, ERR_OPTION_NUMBER, SPAN("0"));
	c->timeout = (int64_t)seconds * 1000;
	if (!resolve_trust(c, o, e) || !resolve_secret(c, o, e))
		return false;
	if (c->identity.bearer && !c->identity.organization.given &&
	    !c->identity.workspace.given)
		return err_set(e, ERR_BEARER_SCOPE, SPAN(""));
	return true;
}

bool
config_resolve(struct config *c, const struct opts *o, struct err *e)
{
	bool resolved;

	memset(c, 0, sizeof(*c));
	resolved = resolve(c, o, e);
	wipe_environment();
	return resolved;
}

void
config_wipe(struct config *c)
{
	explicit_bzero(&c->identity, sizeof(c->identity));
}
