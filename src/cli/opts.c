/* SPDX-License-Identifier: MIT */
/* The command line as it was written, and the text of --help. */
#include "cli/opts.h"

#include <stddef.h>
#include <string.h>

#include "base/fmt.h"
#include "langsmith/key.h"

static const struct option {
	const char *name;
	const char *value; /* what --help calls it; NULL for a flag */
	char letter; /* or 0 */
	uint16_t field; /* of struct opts: const char * or bool */
	const char *help;
} options[] = {
	{ "endpoint", "URL", 'e', offsetof(struct opts, endpoint),
	  "base URL (LANGSMITH_ENDPOINT, LANGCHAIN_ENDPOINT;\n"
	  "default https://api.smith.langchain.com)" },
	{ "region", "NAME", 0, offsetof(struct opts, region),
	  "us, eu, apac or aws instead of --endpoint" },
	{ "organization", "UUID", 'o', offsetof(struct opts, organization),
	  "X-Organization-Id (LANGSMITH_ORGANIZATION_ID)" },
	{ "workspace", "UUID", 'w', offsetof(struct opts, workspace),
	  "X-Tenant-Id (LANGSMITH_WORKSPACE_ID,\nLANGSMITH_TENANT_ID)" },
	{ "api-key-file", "FILE", 'k', offsetof(struct opts, api_key_file),
	  "read the API key from FILE; - is standard input\n"
	  "(LANGSMITH_API_KEY, LANGCHAIN_API_KEY: the key)" },
	{ "bearer-file", "FILE", 0, offsetof(struct opts, bearer_file),
	  "read a bearer token from FILE instead\n"
	  "(LANGSMITH_BEARER_TOKEN: the token)" },
	{ "profile", "NAME", 0, offsetof(struct opts, profile),
	  "a profile of ~/.langsmith/config.json\n"
	  "(LANGSMITH_PROFILE, LANGSMITH_CONFIG_FILE)" },
	{ "list", NULL, 'l', offsetof(struct opts, list), "show your tokens" },
	{ "all-members", NULL, 0, offsetof(struct opts, all_members),
	  "show every member's tokens" },
	{ "self", NULL, 0, offsetof(struct opts, self),
	  "the token that it authenticates with" },
	{ "revoke", NULL, 0, offsetof(struct opts, revoke),
	  "revoke, not delete: the record stays, and the\n"
	  "token can be reinstated" },
	{ "dry-run", NULL, 'n', offsetof(struct opts, dry_run),
	  "look everything up, delete nothing" },
	{ "yes", NULL, 'y', offsetof(struct opts, yes), "do not ask" },
	{ "ignore-missing", NULL, 0, offsetof(struct opts, ignore_missing),
	  "a token that is not there (404) counts as done" },
	{ "verify", NULL, 0, offsetof(struct opts, verify),
	  "prove that it is gone: by the list, and\n"
	  "by its secret, if that is at hand" },
	{ "audit", "FILE", 0, offsetof(struct opts, audit),
	  "append a JSON line before and after each deletion" },
	{ "json", NULL, 'j', offsetof(struct opts, json),
	  "one JSON object a line on standard output" },
	{ "quiet", NULL, 'q', offsetof(struct opts, quiet),
	  "no text results, only errors" },
	{ "verbose", NULL, 'v', offsetof(struct opts, verbose),
	  "say what happens on the wire, never a secret" },
	{ "timeout", "SECONDS", 't', offsetof(struct opts, timeout),
	  "for each token, everything included (default 30)" },
	{ "retries", "N", 0, offsetof(struct opts, retries),
	  "after a failure that may pass (default 2)" },
	{ "cacert", "FILE", 0, offsetof(struct opts, cacert),
	  "trust these PEM certificates, and only these\n"
	  "(SSL_CERT_FILE); builtin is the roots inside" },
	{ "pin", "sha256//BASE64", 0, offsetof(struct opts, pins),
	  "the server's key must also be this one; may be\n"
	  "given again" },
	{ "at", "TIME", 0, offsetof(struct opts, at),
	  "check certificates at this time, for a machine\n"
	  "with a wrong clock: 2026-11-23T10:00:00Z" },
	{ "help", NULL, 'h', offsetof(struct opts, help), "show this" },
	{ "version", NULL, 'V', offsetof(struct opts, version),
	  "show the versions of patrm and of what is in it" },
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

/* --- Parsing --- */

/* Where the parser is. */
struct cursor {
	struct opts *opts;
	int argc;
	char **argv;
	int next; /* index of the argument to look at next */
	struct err *err;
};

static bool
fail(struct cursor *c, enum err_code code, const struct option *option)
{
	uint8_t text[64];
	struct buf name = BUF_OVER(text);

	buf_text(&name, "--");
	buf_text(&name, option->name);
	return err_set(c->err, code, buf_written(&name));
}

/* Secrets have digits and underscores, the names of options have none. */
static bool
fail_unknown(struct cursor *c, struct span name)
{
	uint8_t text[64];
	struct buf detail = BUF_OVER(text);
	bool harmless = name.len < 32;

	for (size_t i = 0; i < name.len && harmless; i++)
		harmless = name.at[i] == '-' ||
		           (name.at[i] >= 'a' && name.at[i] <= 'z');
	if (harmless) {
		buf_span(&detail, name);
	} else {
		buf_text(&detail, "in argument ");
		fmt_uint(&detail, (uint64_t)(c->next - 1));
	}
	return err_set(c->err, ERR_OPTION, buf_written(&detail));
}

static bool
store(struct cursor *c, const struct option *option, const char **field,
      const char *value)
{
	size_t taken = 0, most = field == c->opts->pins ? PINS_MAX : 1;

	/* Other users see it, and an error would repeat it. */
	if (key_is_in(span_of(value)))
		return fail(c, ERR_OPTION_SECRET, option);
	while (taken < most && field[taken] != NULL)
		taken++;
	if (taken == most)
		return fail(c, most == 1 ? ERR_OPTION_TWICE : ERR_OPTION_OFTEN,
		            option);
	field[taken] = value;
	return true;
}

static bool
set(struct cursor *c, const struct option *option, const char *value)
{
	char *field = (char *)c->opts + option->field;

	if (option->value == NULL) {
		*(bool *)field = true;
		return true;
	}
	if (value == NULL && c->next < c->argc)
		value = c->argv[c->next++];
	if (value == NULL)
		return fail(c, ERR_OPTION_VALUE, option);
	return store(c, option, (const char **)field, value);
}

/* --name, --name=value or --name value. */
static bool
parse_long(struct cursor *c, const char *argument)
{
	struct span rest = span_of(argument), name;

	span_cut(&rest, '=', &name);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!span_equal(span_skip(name, 2), span_of(options[i].name)))
			continue;
		if (rest.at != NULL && options[i].value == NULL)
			return fail(c, ERR_OPTION_NO_VALUE, &options[i]);
		return set(c, &options[i], (const char *)rest.at);
	}
	return fail_unknown(c, name);
}

static const struct option *
find_letter(char letter)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

/* -j, -jq, -kFILE or -k FILE. */
static bool
parse_short(struct cursor *c, const char *argument)
{
	for (const char *at = argument + 1; *at != '\0'; at++) {
		const struct option *option = find_letter(*at);

		if (option == NULL)
			return fail_unknown(c, span_of(argument));
		if (option->value != NULL)
			return set(c, option, at[1] != '\0' ? at + 1 : NULL);
		set(c, option, NULL);
	}
	return true;
}

bool
opts_parse(struct opts *o, int argc, char **argv, struct err *e)
{
	struct cursor c = { .opts = o, .argc = argc, .argv = argv, .err = e };
	bool options_ended = false;

	*o = (struct opts){ .tokens = argv };
	c.next = argc > 0 ? 1 : 0;
	while (c.next < argc) {
		char *argument = argv[c.next++];

		if (options_ended || argument[0] != '-' || argument[1] == '\0')
			/* Behind every TOKEN found, options have gone by. */
			o->tokens[o->token_count++] = argument;
		else if (strcmp(argument, "--") == 0)
			options_ended = true;
		else if (!(argument[1] == '-' ? parse_long(&c, argument)
		                              : parse_short(&c, argument)))
			return false;
	}
	return true;
}

/* --- Help --- */

#define HELP_COLUMN 27

/* The lines of an option's help, each behind the column of names. */
static void
put_option(struct buf *out, const struct option *option)
{
	struct span rest = span_of(option->help), line;
	uint8_t text[HELP_COLUMN + 1];
	struct buf names = BUF_OVER(text);

	buf_text(&names, option->letter != 0 ? "  -" : "    ");
	if (option->letter != 0) {
		buf_byte(&names, (uint8_t)option->letter);
		buf_byte(&names, ',');
	} else {
		buf_byte(&names, ' ');
	}
	buf_text(&names, " --");
	buf_text(&names, option->name);
	if (option->value != NULL) {
		buf_byte(&names, ' ');
		buf_text(&names, option->value);
	}
	while (span_cut(&rest, '\n', &line)) {
		while (names.len < HELP_COLUMN)
			buf_byte(&names, ' ');
		buf_span(out, buf_written(&names));
		names.len = 0;
		buf_byte(out, ' ');
		buf_span(out, line);
		buf_byte(out, '\n');
	}
}

void
opts_put_help(struct buf *out)
{
	buf_text(
		out,
		"usage: patrm [options] TOKEN...\n"
		"       patrm [options] -\n"
		"       patrm [options] --list\n"
		"       patrm [options] --self\n"
		"\n"
		"Deletes LangSmith personal access tokens. A TOKEN is the id\n"
		"of one, a UUID, or its short key, like lsv2_pt_3f2b or\n"
		"lsv2_pt_3f2b...9d10; - reads them from standard input, one a\n"
		"line, blank lines and # comments ignored: there it may be a\n"
		"whole secret, too. What is no id is looked up, shown, and\n"
		"asked about first.\n"
		"\n");
	for (size_t i = 0; i < OPTION_COUNT; i++)
		put_option(out, &options[i]);
	buf_text(out,
	         "\n"
	         "exit status: is the token gone?\n"
	         "  0 yes                 1 no: refused   2 no: usage\n"
	         "  3 no: not allowed     4 not by this call: no such token\n"
	         "  5 no: not reached     6 unknown       7 no: too many "
	         "requests\n"
	         "  8 yes, but its record could not be read or written\n"
	         "  9 several TOKENs ended differently\n"
	         "  10 yes, as the server said, but it was not proven\n"
	         "  128+N stopped by signal N\n");
}
