/* SPDX-License-Identifier: MIT */
/* What counts in the end: options, the environment, a profile, defaults. */
#include "cli/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/calendar.h"
#include "cli/input.h"
#include "langsmith/key.h"

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

/* The first that is there: a profile that was named goes before the
 * environment, another one behind it. */
static struct span
choose(const char *option, struct span environs, struct span profile,
       bool named)
{
	if (option != NULL)
		return span_of(option);
	if (profile.len > 0 && (named || environs.at == NULL))
		return profile;
	return environs;
}

/* --- Plain values --- */

static const struct {
	const char *name, *url;
} regions[] = {
	{ "us", "https://api.smith.langchain.com" },
	{ "eu", "https://eu.api.smith.langchain.com" },
	{ "apac", "https://apac.api.smith.langchain.com" },
	{ "aws", "https://aws.api.smith.langchain.com" },
};

static bool
resolve_server(struct config *c, const struct opts *o, struct err *e)
{
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
	url = choose(o->endpoint,
	             environment_of("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT"),
	             c->profile.api_url, o->profile != NULL);
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
		choose(o->organization,
	               environment_of("LANGSMITH_ORGANIZATION_ID",
	                              "LANGSMITH_ORGANIZATION_ID"),
	               SPAN(""), false);
	struct span workspace = choose(
		o->workspace,
		environment_of("LANGSMITH_WORKSPACE_ID", "LANGSMITH_TENANT_ID"),
		c->profile.workspace, o->profile != NULL);

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
	struct span file = environment_of("SSL_CERT_FILE", "SSL_CERT_FILE");

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
		if (!pin_add(&c->pins, span_of(*pin), e))
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
	taken = input_read_all(file, &content, name, e);
	if (taken && content.len == content.cap)
		taken = err_set(e, ERR_SECRET_LONG, span_of(name));
	if (taken)
		taken = take_secret(c, buf_written(&content), name, e);
	buf_wipe(&content);
	if (!standard_input)
		close(file);
	return taken;
}

/*
 * A profile's secret is for the profile's endpoint, unless the command line
 * names another one: not for one that stands in the environment.
 */
static bool
take_profile_secret(struct config *c, const struct opts *o, struct err *e)
{
	struct span token = c->profile.access_token;
	struct url home;

	if (o->endpoint == NULL && o->region == NULL) {
		if (!url_parse(c->profile.api_url.len > 0
		                       ? c->profile.api_url
		                       : span_of(regions[0].url),
		               &home, e))
			return false;
		if (!url_equal(&home, &c->server))
			return err_set(e, ERR_PROFILE_KEY, SPAN(""));
	}
	c->identity.bearer = token.len > 0;
	return take_secret(c, token.len > 0 ? token : c->profile.api_key,
	                   "the profile", e);
}

static bool
resolve_secret(struct config *c, const struct opts *o, struct err *e)
{
	struct span bearer = environment("LANGSMITH_BEARER_TOKEN");
	struct span key =
		environment_of("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY");
	bool environs = bearer.len > 0 || key.len > 0;
	bool profile =
		c->profile.access_token.len > 0 || c->profile.api_key.len > 0;

	c->identity.bearer = o->bearer_file != NULL;
	if (o->bearer_file != NULL)
		return read_secret(c, o->bearer_file, e);
	if (o->api_key_file != NULL)
		return read_secret(c, o->api_key_file, e);
	if (profile && (o->profile != NULL || !environs))
		return take_profile_secret(c, o, e);
	c->identity.bearer = bearer.len > 0;
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

static int
inputs(const struct opts *o)
{
	int asked = 0;

	for (int i = 0; i < o->token_count; i++)
		asked += strcmp(o->tokens[i], "-") == 0;
	asked += o->api_key_file != NULL && strcmp(o->api_key_file, "-") == 0;
	asked += o->bearer_file != NULL && strcmp(o->bearer_file, "-") == 0;
	return asked;
}

bool
config_reads_input(const struct opts *o)
{
	return inputs(o) > 0;
}

static bool
check_combination(const struct opts *o, struct err *e)
{
	bool lists = o->list || o->all_members;
	const struct {
		bool both;
		const char *what;
	} pairs[] = {
		{ o->quiet && o->verbose, "-q and -v" },
		{ o->api_key_file != NULL && o->bearer_file != NULL,
		  "--api-key-file and --bearer-file" },
		{ lists && o->self, "--list and --self" },
		{ lists && o->token_count > 0, "--list and a TOKEN" },
		{ o->self && o->token_count > 0, "--self and a TOKEN" },
		{ o->verify && o->dry_run, "--verify and --dry-run" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].both)
			return err_set(e, ERR_OPTION_PAIR,
			               span_of(pairs[i].what));
	if (inputs(o) > 1)
		return err_set(e, ERR_STDIN_TWICE, SPAN(""));
	if (o->token_count == 0 && !lists && !o->self)
		return err_set(e, ERR_NO_TOKEN, SPAN(""));
	return true;
}

/* What --self deletes is found by its secret. */
static bool
check_self(const struct config *c, const struct opts *o, struct err *e)
{
	const struct span secret = { c->identity.secret,
		                     c->identity.secret_len };

	if (!o->self)
		return true;
	if (c->identity.bearer)
		return err_set(e, ERR_OPTION_PAIR,
		               SPAN("--self and a bearer token"));
	return key_form(secret) == KEY_SECRET ||
	       err_set(e, ERR_SELF_KEY, SPAN(""));
}

/* A broken file that nobody has asked for, and nothing depends on, is none. */
static bool
resolve_profile(struct config *c, const struct opts *o, struct err *e)
{
	bool given = (o->endpoint != NULL || o->region != NULL) &&
	             (o->api_key_file != NULL || o->bearer_file != NULL);
	struct err broken = { 0 };

	if (profile_read(&c->profile, o->profile, &broken))
		return true;
	if (given && o->profile == NULL && broken.code != ERR_SIGNAL) {
		profile_wipe(&c->profile);
		return true;
	}
	*e = broken;
	return false;
}

static bool
resolve(struct config *c, const struct opts *o, struct err *e)
{
	unsigned seconds = 30;

	c->retries = 2;
	if (!check_combination(o, e) || !resolve_profile(c, o, e) ||
	    !resolve_server(c, o, e) || !resolve_scopes(c, o, e) ||
	    !resolve_number(o->timeout, &seconds, 86400, e) ||
	    !resolve_number(o->retries, &c->retries, 100, e))
		return false;
	if (seconds == 0)
		return err_set(e, ERR_OPTION_NUMBER, SPAN("0"));
	c->timeout = (int64_t)seconds * 1000;
	if (!resolve_trust(c, o, e) || !resolve_secret(c, o, e) ||
	    !check_self(c, o, e))
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

	/* Not the room of a profile, which is touched only if there is one. */
	memset(c, 0, offsetof(struct config, profile));
	memset(&c->profile, 0, offsetof(struct profile, file));
	resolved = resolve(c, o, e);
	wipe_environment();
	profile_wipe(&c->profile);
	return resolved;
}

void
config_wipe(struct config *c)
{
	explicit_bzero(&c->identity, sizeof(c->identity));
}
