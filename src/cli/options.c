/* SPDX-License-Identifier: MIT */
/* The command line as it was written: one row an option says all of it. */
#include "cli/options.h"

#include <string.h>
#include <unistd.h>

#include "base/fmt.h"
#include "langsmith/key.h"

#define WITH(option) (UINT64_C(1) << OPTION_##option)

#define X(option, letter, name, kind, value, most, variables, excludes, help) \
	[OPTION_##option] = { excludes, letter, kind, most },
static const struct row {
	uint64_t excludes;
	char letter; /* or 0 */
	uint8_t kind;
	uint8_t most; /* times that it may be given */
} rows[] = { OPTIONS(X) };
#undef X

/* Of each option, one behind the other. */
enum text { TEXT_NAME, TEXT_VALUE, TEXT_VARIABLES, TEXT_HELP, TEXT_COUNT };

#pragma GCC diagnostic ignored "-Woverlength-strings"
#define X(option, letter, name, kind, value, most, variables, excludes, help) \
	name "\0" value "\0" variables "\0" help "\0"
static const char texts[] = OPTIONS(X) "a TOKEN"; /* for the pairs */
#undef X

static const char *text_of(enum option option, enum text text)
{
	return span_nth(texts, option * TEXT_COUNT + text);
}

_Static_assert(OPTION_TOKENS < 64, "a set of options has 64 bits");
#define X(option, letter, name, kind, value, most, variables, excludes, help) \
	_Static_assert((most) <= PINS_MAX, "struct options has no room");
OPTIONS(X)
#undef X

/* --- What was given --- */

const char *options_value(const struct options *o, enum option option, size_t n)
{
	return n < rows[option].most ? o->value[n][option] : NULL;
}

bool options_has(const struct options *o, enum option option)
{
	return option == OPTION_TOKENS ? o->token_count > 0
	                               : options_value(o, option, 0) != NULL;
}

enum command options_command(const struct options *o)
{
	if (options_has(o, OPTION_HELP))
		return COMMAND_HELP;
	if (options_has(o, OPTION_VERSION))
		return COMMAND_VERSION;
	return options_has(o, OPTION_LIST) || options_has(o, OPTION_ALL_MEMBERS)
	               ? COMMAND_LIST
	               : COMMAND_DELETE;
}

/* --- Parsing --- */

/* Where the parser is. */
struct cursor {
	struct options *options;
	int argc;
	char **argv;
	int next; /* index of the argument to look at next */
	struct err *err;
};

static void fail_option(struct cursor *c, enum err_code code,
                        enum option option)
{
	err_format(c->err, code, "--%s", text_of(option, TEXT_NAME));
}

/* Secrets have digits and underscores, the names of options have none. */
static void fail_unknown(struct cursor *c, struct span name)
{
	if (name.len < 32 && strspn((const char *)name.at,
	                            "-abcdefghijklmnopqrstuvwxyz") >= name.len)
		err_set_span(c->err, ERR_OPTION, name);
	err_format(c->err, ERR_OPTION, "in argument %u", (unsigned)c->next - 1);
}

/* The value stands right behind the option, or is the next argument. */
static void set(struct cursor *c, enum option option, const char *value)
{
	size_t taken = 0, most = rows[option].most;

	if (rows[option].kind == OPTION_FLAG) {
		c->options->value[0][option] = "";
		return;
	}
	if (value == NULL && c->next < c->argc)
		value = c->argv[c->next++];
	while (taken < most && c->options->value[taken][option] != NULL)
		taken++;
	if (value == NULL)
		fail_option(c, ERR_OPTION_VALUE, option);
	else if (key_is_in(span_of(value)))
		/* Other users see it, and an error would repeat it. */
		fail_option(c, ERR_OPTION_SECRET, option);
	else if (taken < most)
		c->options->value[taken][option] = value;
	else
		fail_option(c, most > 1 ? ERR_OPTION_OFTEN : ERR_OPTION_TWICE,
		            option);
}

/* --name, --name=value or --name value. */
static void parse_long(struct cursor *c, const char *argument)
{
	struct span rest = span_of(argument), name;
	enum option i = 0;

	span_cut(&rest, '=', &name);
	while (i < OPTION_COUNT &&
	       !span_equal(span_skip(name, 2), span_of(text_of(i, TEXT_NAME))))
		i++;
	if (i == OPTION_COUNT)
		fail_unknown(c, name);
	else if (rest.at != NULL && rows[i].kind == OPTION_FLAG)
		fail_option(c, ERR_OPTION_NO_VALUE, i);
	else
		set(c, i, (const char *)rest.at);
}

/* -j, -jq, -kFILE or -k FILE. */
static void parse_short(struct cursor *c, const char *argument)
{
	bool more = true;

	for (const char *at = argument + 1; more && *at != '\0'; at++) {
		enum option i = 0;

		while (i < OPTION_COUNT && rows[i].letter != *at)
			i++;
		more = i < OPTION_COUNT && rows[i].kind == OPTION_FLAG;
		if (i == OPTION_COUNT)
			fail_unknown(c, span_of(argument));
		else
			set(c, i, at[1] != '\0' ? at + 1 : NULL);
	}
}

bool options_parse(struct options *o, int argc, char **argv, struct err *e)
{
	struct cursor c = { o, argc, argv, argc > 0 ? 1 : 0, e };
	bool ended = false;

	*o = (struct options){ .tokens = argv };
	while (c.next < argc) {
		char *argument = argv[c.next++];

		if (ended || argument[0] != '-' || argument[1] == '\0')
			/* Behind every TOKEN found, options have gone by. */
			o->tokens[o->token_count++] = argument;
		else if (strcmp(argument, "--") == 0)
			ended = true;
		else if (argument[1] == '-')
			parse_long(&c, argument);
		else
			parse_short(&c, argument);
	}
	/* What comes behind an error may have said --json. */
	return e->code == ERR_NONE;
}

/* --- What goes together --- */

int options_count_inputs(const struct options *o)
{
	int inputs = 0;

	for (int i = 0; i < o->token_count; i++)
		inputs += strcmp(o->tokens[i], "-") == 0;
	for (enum option i = 0; i < OPTION_COUNT; i++)
		inputs +=
			rows[i].kind == OPTION_SECRET &&
			span_equal(span_of(options_value(o, i, 0)), SPAN("-"));
	return inputs;
}

bool options_read_secrets(const struct options *o)
{
	return options_has(o, OPTION_SELF) && o->token_count > 0 &&
	       strcmp(o->tokens[0], "-") == 0;
}

/* --all-members is one way to say --list; --self - names nothing else. */
static bool applies(const struct options *o, enum option option)
{
	if (option == OPTION_TOKENS && options_read_secrets(o))
		return o->token_count > 1;
	return option == OPTION_LIST ? options_command(o) == COMMAND_LIST
	                             : options_has(o, option);
}

bool options_check(const struct options *o, struct err *e)
{
	for (enum option i = 0; i < OPTION_COUNT; i++)
		for (enum option j = 0; j <= OPTION_TOKENS; j++)
			if ((rows[i].excludes >> j & 1) != 0 && applies(o, i) &&
			    applies(o, j))
				err_format(e, ERR_OPTION_PAIR, "--%s and %s%s",
				           text_of(i, TEXT_NAME),
				           j == OPTION_TOKENS ? "" : "--",
				           text_of(j, TEXT_NAME));
	if (options_read_secrets(o) && (options_has(o, OPTION_API_KEY_FILE) ||
	                                options_has(o, OPTION_BEARER_FILE)))
		err_set(e, ERR_OPTION_PAIR, "a key's file and --self -");
	for (enum option i = OPTION_EXPIRED; i <= OPTION_OWNER; i++)
		if (options_has(o, i) && options_command(o) != COMMAND_LIST)
			err_format(e, ERR_OPTION_LIST, "--%s",
			           text_of(i, TEXT_NAME));
	if (options_count_inputs(o) > 1)
		err_set(e, ERR_STDIN_TWICE, NULL);
	if (options_command(o) == COMMAND_DELETE &&
	    !options_has(o, OPTION_TOKENS) && !options_has(o, OPTION_SELF))
		err_set(e, ERR_NO_TOKEN, NULL);
	return e->code == ERR_NONE;
}

/* --- The environment --- */

/* The value, where an entry of the environment is that variable's; or NULL. */
static char *value_in(char *entry, struct span variable)
{
	const char *name = (const char *)variable.at;
	bool same = strncmp(entry, name, variable.len) == 0;

	return same && entry[variable.len] == '=' ? entry + variable.len + 1
	                                          : NULL;
}

const char *options_environment(const char *names)
{
	struct span rest = span_of(names), name;

	while (span_cut(&rest, ' ', &name)) {
		const char *first = NULL;

		for (char **at = environ; *at != NULL && first == NULL; at++)
			first = value_in(*at, name);
		if (span_trim(span_of(first), SPAN_WRAPPING).len > 0)
			return first;
	}
	return NULL;
}

const char *options_variable(enum option option)
{
	return options_environment(text_of(option, TEXT_VARIABLES));
}

/*
 * What is in the environment can be read from outside, and is inherited. A
 * name may stand there twice, so all of it is looked through.
 */
void options_wipe_environment(void)
{
	for (enum option i = 0; i < OPTION_COUNT; i++) {
		struct span rest = { NULL, 0 }, name;

		if (rows[i].kind >= OPTION_SECRET)
			rest = span_of(text_of(i, TEXT_VARIABLES));
		while (span_cut(&rest, ' ', &name))
			for (char **at = environ; *at != NULL; at++) {
				char *value = value_in(*at, name);

				if (value != NULL)
					explicit_bzero(value, strlen(value));
			}
	}
}

/* --- Help --- */

#define HELP_COLUMN 28
#define HELP_WIDTH 79

/* Its help, and the variables in parentheses. */
static void put_help_text(struct buf *out, enum option option)
{
	struct span rest = span_of(text_of(option, TEXT_VARIABLES)), name;
	bool secret = rows[option].kind == OPTION_SECRET;
	const char *between = " (";

	buf_text(out, text_of(option, TEXT_HELP));
	if (rest.len == 0)
		return;
	while (span_cut(&rest, ' ', &name)) {
		fmt_put(out, "%s%.*s", between, FMT_SPAN(name));
		between = ", ";
	}
	buf_text(out, secret ? ": the secret)" : ")");
}

/* Words, in lines that begin in the column; `used` are taken of the first. */
static void put_wrapped(struct buf *out, struct span words, size_t used)
{
	struct span word;

	while (span_cut(&words, ' ', &word)) {
		if (used + 1 + word.len > HELP_WIDTH) {
			buf_byte(out, '\n');
			used = 0;
		}
		for (; used < HELP_COLUMN - 1; used++)
			buf_byte(out, ' ');
		fmt_put(out, " %.*s", FMT_SPAN(word));
		used += 1 + word.len;
	}
	buf_byte(out, '\n');
}

static void put_option(struct buf *out, enum option option)
{
	BUF_ON_STACK(names, 64);
	BUF_ON_STACK(help, 512);
	char letter = rows[option].letter;

	fmt_put(&names, letter ? "  -%c, --%s" : "     %c--%s",
	        letter ? letter : ' ', text_of(option, TEXT_NAME));
	if (rows[option].kind != OPTION_FLAG)
		fmt_put(&names, " %s", text_of(option, TEXT_VALUE));
	put_help_text(&help, option);
	if (names.len >= HELP_COLUMN)
		buf_byte(&names, '\n');
	buf_span(out, buf_written(&names));
	put_wrapped(out, buf_written(&help),
	            names.len < HELP_COLUMN ? names.len : 0);
}

void options_put_help(struct buf *out)
{
	buf_text(
		out,
		"usage: patrm [options] TOKEN...\n"
		"       patrm [options] -\n"
		"       patrm [options] --list\n"
		"       patrm [options] --self [-]\n"
		"\n"
		"Deletes LangSmith personal access tokens. A TOKEN is the id\n"
		"of one, a UUID, or its short key, like lsv2_pt_3f2b or\n"
		"lsv2_pt_3f2b...9d10; - reads them from standard input, one a\n"
		"line, blank lines and # comments ignored: there it may be a\n"
		"whole secret, too. What is no id is looked up, shown, and\n"
		"asked about first.\n"
		"\n");
	for (enum option i = 0; i < OPTION_COUNT; i++)
		put_option(out, i);
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
