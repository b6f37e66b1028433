/* SPDX-License-Identifier: MIT */
/* Tests of cli/options: command lines read, refused, and explained by --help. */
#include "cli/options.h"

#include <stdio.h>

#include "unit.h"

#define ARGUMENTS_MAX 40

static char *arguments[ARGUMENTS_MAX + 1];
static char words[2048];
static struct options opts;
static struct err err;

/* Reads a command line whose words are apart by one blank; "patrm" is first. */
static bool parse(const char *line)
{
	int count = 0;
	char *rest = words, *word;

	snprintf(words, sizeof(words), "patrm %s", line);
	while ((word = strsep(&rest, " ")) != NULL) {
		assert_true(count < ARGUMENTS_MAX);
		arguments[count++] = word;
	}
	arguments[count] = NULL;
	memset(&opts, 0xff, sizeof(opts));
	err = (struct err){ 0 };
	return options_parse(&opts, count, arguments, &err);
}

/* What was read, as one line; only what was given. */
static void put_opts(struct buf *out)
{
	static const struct {
		const char *name;
		enum option option;
	} values[] = {
		{ "endpoint", OPTION_ENDPOINT },
		{ "region", OPTION_REGION },
		{ "organization", OPTION_ORGANIZATION },
		{ "workspace", OPTION_WORKSPACE },
		{ "key", OPTION_API_KEY_FILE },
		{ "bearer", OPTION_BEARER_FILE },
		{ "profile", OPTION_PROFILE },
		{ "audit", OPTION_AUDIT },
		{ "cacert", OPTION_CACERT },
		{ "at", OPTION_AT },
		{ "timeout", OPTION_TIMEOUT },
		{ "retries", OPTION_RETRIES },
		{ "list", OPTION_LIST },
		{ "all-members", OPTION_ALL_MEMBERS },
		{ "service-keys", OPTION_SERVICE_KEYS },
		{ "expired", OPTION_EXPIRED },
		{ "unused-for", OPTION_UNUSED_FOR },
		{ "older-than", OPTION_OLDER_THAN },
		{ "owner", OPTION_OWNER },
		{ "self", OPTION_SELF },
		{ "revoke", OPTION_REVOKE },
		{ "dry-run", OPTION_DRY_RUN },
		{ "yes", OPTION_YES },
		{ "verify", OPTION_VERIFY },
		{ "ignore-missing", OPTION_IGNORE_MISSING },
		{ "json", OPTION_JSON },
		{ "quiet", OPTION_QUIET },
		{ "verbose", OPTION_VERBOSE },
		{ "help", OPTION_HELP },
		{ "version", OPTION_VERSION },
		{ "pin", OPTION_PIN },
		{ "resolve", OPTION_RESOLVE },
		{ "connect-to", OPTION_CONNECT_TO },
		{ "proxy", OPTION_PROXY },
		{ "cert", OPTION_CERT },
		{ "keyfile", OPTION_KEY },
		{ "headers", OPTION_HEADER_FILE },
	};

	assert_int_equal(COUNT(values), OPTION_COUNT);
	for (size_t i = 0; i < COUNT(values); i++) {
		enum option option = values[i].option;
		const char *value;

		for (size_t n = 0;
		     (value = options_value(&opts, option, n)) != NULL; n++) {
			assert_true(options_has(&opts, option));
			buf_text(out, values[i].name);
			buf_byte(out, '=');
			buf_text(out, value);
			buf_byte(out, ' ');
		}
	}
	for (int i = 0; i < opts.token_count; i++) {
		buf_byte(out, '<');
		buf_text(out, opts.tokens[i]);
		buf_byte(out, '>');
	}
}

static const struct {
	const char *line, *read;
} rows[] = {
	{ "a", "<a>" },
	{ "a b c", "<a><b><c>" },
	{ "-", "<->" },
	{ "a - b", "<a><-><b>" },
	{ "-- -j --json -", "<-j><--json><->" },
	{ "a -- --", "<a><-->" },
	{ "--", "" },
	{ "-e u a", "endpoint=u <a>" },
	{ "-eu a", "endpoint=u <a>" },
	{ "--endpoint u a", "endpoint=u <a>" },
	{ "--endpoint=u a", "endpoint=u <a>" },
	{ "--endpoint= a", "endpoint= <a>" },
	{ "--endpoint=a=b", "endpoint=a=b " },
	{ "a --endpoint u b", "endpoint=u <a><b>" },
	{ "-e -j a", "endpoint=-j <a>" },
	{ "-e -- a", "endpoint=-- <a>" },
	{ "-k - a", "key=- <a>" },
	{ "-k- a", "key=- <a>" },
	{ "-o 1 -w 2 -k 3 -t 4 a",
	  "organization=1 workspace=2 key=3 timeout=4 <a>" },
	{ "--region eu --organization 1 --workspace 2 --api-key-file 3",
	  "region=eu organization=1 workspace=2 key=3 " },
	{ "--bearer-file f --timeout 5 --retries 0 --cacert c --at t",
	  "bearer=f cacert=c at=t timeout=5 retries=0 " },
	{ "-j -q -v a", "json= quiet= verbose= <a>" },
	{ "-jqv a", "json= quiet= verbose= <a>" },
	{ "-jvkf a", "key=f json= verbose= <a>" },
	{ "-jk f a", "key=f json= <a>" },
	{ "--json --quiet --verbose --ignore-missing",
	  "ignore-missing= json= quiet= verbose= " },
	{ "-l", "list= " },
	{ "--list --all-members", "list= all-members= " },
	{ "--all-members", "all-members= " },
	{ "--self --yes -k -", "key=- self= yes= " },
	{ "-yn a", "dry-run= yes= <a>" },
	{ "--dry-run a", "dry-run= <a>" },
	{ "--revoke --verify a", "revoke= verify= <a>" },
	{ "--audit f --profile=p a", "profile=p audit=f <a>" },
	{ "-j -j --json", "json= " },
	{ "-h", "help= " },
	{ "--help --version", "help= version= " },
	{ "-hV x", "help= version= <x>" },
	{ "--pin a --pin=b x --pin c", "pin=a pin=b pin=c <x>" },
	{ "--cert c --key k --header-file=h x",
	  "cert=c keyfile=k headers=h <x>" },
};

static void command_lines_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t room[512];
		struct buf out = BUF_OVER(room);

		assert_row(rows[i].line, parse(rows[i].line));
		assert_row(rows[i].line, err.code == ERR_NONE);
		put_opts(&out);
		assert_span(rows[i].line, buf_written(&out),
		            span_of(rows[i].read));
	}
}

static void no_arguments_are_none(void **state)
{
	char *nothing[] = { NULL };

	(void)state;
	err = (struct err){ 0 };
	assert_true(options_parse(&opts, 0, nothing, &err));
	assert_int_equal(opts.token_count, 0);
	arguments[0] = words;
	arguments[1] = NULL;
	assert_true(options_parse(&opts, 1, arguments, &err));
	assert_int_equal(opts.token_count, 0);
}

#define SECRET "lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876"

static const struct {
	const char *line;
	enum err_code code;
	const char *detail;
} refused[] = {
	{ "--nothing", ERR_OPTION, "--nothing" },
	{ "-x", ERR_OPTION, "-x" },
	{ "-jx", ERR_OPTION, "-jx" },
	{ "--no=value", ERR_OPTION, "--no" },
	{ "--=value", ERR_OPTION, "--" },
	{ "---json", ERR_OPTION, "---json" },
	{ "--jso", ERR_OPTION, "--jso" },
	{ "--jsons", ERR_OPTION, "--jsons" },
	{ "--JSON", ERR_OPTION, "in argument 1" },
	/* what may be a secret is not repeated */
	{ "a b -" SECRET, ERR_OPTION, "in argument 3" },
	{ "--" SECRET, ERR_OPTION, "in argument 1" },
	{ "a --lsv2_pt_3f2b", ERR_OPTION, "in argument 2" },
	{ "--s3cret=x", ERR_OPTION, "in argument 1" },
	{ "-l" SECRET, ERR_OPTION, "in argument 1" },
	{ "-e u --" SECRET "=x", ERR_OPTION, "in argument 3" },
	{ "--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ERR_OPTION,
	  "in argument 1" },
	{ "-\x1b[2J", ERR_OPTION, "in argument 1" },
	/* values */
	{ "-e", ERR_OPTION_VALUE, "--endpoint" },
	{ "a --cacert", ERR_OPTION_VALUE, "--cacert" },
	{ "-jk", ERR_OPTION_VALUE, "--api-key-file" },
	{ "--json=yes", ERR_OPTION_NO_VALUE, "--json" },
	{ "--help=", ERR_OPTION_NO_VALUE, "--help" },
	{ "-e a -e b", ERR_OPTION_TWICE, "--endpoint" },
	{ "-e a --endpoint=a", ERR_OPTION_TWICE, "--endpoint" },
	{ "-k a -k b", ERR_OPTION_TWICE, "--api-key-file" },
	{ "--at a --at b", ERR_OPTION_TWICE, "--at" },
	{ "--profile a --profile a", ERR_OPTION_TWICE, "--profile" },
	{ "--audit a --audit b", ERR_OPTION_TWICE, "--audit" },
	{ "--audit", ERR_OPTION_VALUE, "--audit" },
	{ "--profile", ERR_OPTION_VALUE, "--profile" },
	{ "--self=x", ERR_OPTION_NO_VALUE, "--self" },
	{ "--yes=no", ERR_OPTION_NO_VALUE, "--yes" },
	{ "--dry-run=", ERR_OPTION_NO_VALUE, "--dry-run" },
	{ "--timeout 1 -t 1", ERR_OPTION_TWICE, "--timeout" },
	{ "--pin 1 --pin 2 --pin 3 --pin 4 --pin 5 --pin 6 --pin 7 --pin 8 "
	  "--pin 9 --pin 10 --pin 11 --pin 12 --pin 13 --pin 14 --pin 15 "
	  "--pin 16 --pin 17",
	  ERR_OPTION_OFTEN, "--pin" },
};

static void command_lines_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		assert_row(refused[i].line, !parse(refused[i].line));
		assert_row(refused[i].line, err.code == refused[i].code);
		assert_span(refused[i].line,
		            (struct span){ err.detail, err.detail_len },
		            span_of(refused[i].detail));
	}
}

/* The first error is told, in the form that the whole line asks for. */
static void what_stands_behind_an_error_is_read(void **state)
{
	static const struct {
		const char *line, *read;
		enum err_code code;
	} lines[] = {
		{ "--nothing --json a", "json= <a>", ERR_OPTION },
		{ "-x -j --revoke", "revoke= json= ", ERR_OPTION },
		{ "-xj a", "<a>", ERR_OPTION },
		{ "-e a -e b -j", "endpoint=a json= ", ERR_OPTION_TWICE },
		{ "--json=yes --revoke", "revoke= ", ERR_OPTION_NO_VALUE },
		{ "--x --y=z -t 1 --json -e", "timeout=1 json= ", ERR_OPTION },
		{ "-x -- --json", "<--json>", ERR_OPTION },
		{ "-k " SECRET " --json", "json= ", ERR_NONE },
		/* and before it */
		{ "--json --nothing", "json= ", ERR_OPTION },
		{ "a -j -e", "json= <a>", ERR_OPTION_VALUE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		uint8_t room[512];
		struct buf out = BUF_OVER(room);

		assert_row(lines[i].line, !parse(lines[i].line));
		assert_row(lines[i].line, lines[i].code == ERR_NONE ||
		                                  err.code == lines[i].code);
		put_opts(&out);
		assert_span(lines[i].line, buf_written(&out),
		            span_of(lines[i].read));
	}
}

/* A key in the place of a file's name, say, would stand in an error. */
static void secrets_are_refused_wherever_they_stand(void **state)
{
	static const char *const lines[] = {
		"-k " SECRET,
		"-k" SECRET,
		"-jk" SECRET,
		"--api-key-file=" SECRET,
		"--bearer-file " SECRET,
		"--bearer-file ls__0123456789abcdef0",
		"--bearer-file eyJhbGciOi012345.e30.x",
		"--cacert " SECRET,
		"--audit ./" SECRET,
		"--profile x" SECRET,
		"-e " SECRET,
		"--region " SECRET,
		"-o " SECRET,
		"-w " SECRET,
		"-t " SECRET,
		"--retries " SECRET,
		"--at " SECRET,
		"--pin " SECRET,
		"a --pin p --pin " SECRET,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		assert_row(lines[i], !parse(lines[i]));
		assert_row(lines[i], err_status(err.code) == 2);
		assert_row(lines[i], memmem(err.detail, err.detail_len,
		                            "012345", 6) == NULL);
	}
}

static void sixteen_pins_are_kept(void **state)
{
	char line[256] = "";
	size_t count = 0;

	(void)state;
	for (int i = 0; i < PINS_MAX; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line),
		         "--pin %d ", i);
	assert_true(parse(line));
	while (options_value(&opts, OPTION_PIN, count) != NULL)
		count++;
	assert_int_equal(count, PINS_MAX);
	assert_string_equal(options_value(&opts, OPTION_PIN, count - 1), "15");
}

/* --- What goes together --- */

static void options_that_exclude_each_other_are_refused(void **state)
{
	static const struct {
		const char *line, *pair;
	} pairs[] = {
		{ "-e u --region r a", "--endpoint and --region" },
		{ "-k f --bearer-file f a",
		  "--api-key-file and --bearer-file" },
		{ "-q -v a", "--quiet and --verbose" },
		{ "--list --self", "--list and --self" },
		{ "--self --all-members", "--list and --self" },
		{ "--self a", "--self and a TOKEN" },
		{ "-l a", "--list and a TOKEN" },
		{ "--all-members -", "--list and a TOKEN" },
		{ "-n --verify a", "--verify and --dry-run" },
		{ "--service-keys --revoke a", "--service-keys and --revoke" },
		{ "--service-keys --all-members",
		  "--service-keys and --all-members" },
		/* and these do not */
		{ "-e u -k f -w w -qnyj --revoke a", NULL },
		{ "--region r --bearer-file f -o o -v --verify --self", NULL },
		{ "--list --all-members --json", NULL },
		{ "--list --service-keys", NULL },
		{ "--service-keys --self", NULL },
		{ "--service-keys a -n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		bool excluded = pairs[i].pair != NULL;

		assert_row(pairs[i].line, parse(pairs[i].line));
		assert_row(pairs[i].line,
		           options_check(&opts, &err) == !excluded);
		assert_row(pairs[i].line,
		           err.code == (excluded ? ERR_OPTION_PAIR : ERR_NONE));
		if (excluded)
			assert_span(pairs[i].line,
			            (struct span){ err.detail, err.detail_len },
			            span_of(pairs[i].pair));
	}
}

static void what_chooses_from_a_list_needs_one(void **state)
{
	static const struct {
		const char *line, *option; /* NULL: it is fine */
	} lines[] = {
		{ "--expired a", "--expired" },
		{ "--unused-for 9 a", "--unused-for" },
		{ "--older-than 9 -", "--older-than" },
		{ "--owner me --self", "--owner" },
		{ "--owner me", "--owner" },
		{ "--owner me -l", NULL },
		{ "--all-members --owner me", NULL },
		{ "-l --expired --unused-for 9 --older-than 9 --owner x",
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		const char *option = lines[i].option;

		assert_true(parse(lines[i].line));
		assert_row(lines[i].line,
		           options_check(&opts, &err) == (option == NULL));
		if (option == NULL)
			continue;
		assert_row(lines[i].line, err.code == ERR_OPTION_LIST);
		assert_span(lines[i].line,
		            (struct span){ err.detail, err.detail_len },
		            span_of(option));
	}
}

static void each_command_line_is_one_command(void **state)
{
	static const struct {
		const char *line;
		enum command command;
		enum err_code code;
		bool input; /* is read */
	} commands[] = {
		{ "a", COMMAND_DELETE, ERR_NONE, false },
		{ "-", COMMAND_DELETE, ERR_NONE, true },
		{ "a -k -", COMMAND_DELETE, ERR_NONE, true },
		{ "- -k -", COMMAND_DELETE, ERR_STDIN_TWICE, true },
		{ "- -", COMMAND_DELETE, ERR_STDIN_TWICE, true },
		{ "--bearer-file - -", COMMAND_DELETE, ERR_STDIN_TWICE, true },
		{ "--audit - a", COMMAND_DELETE, ERR_NONE, false },
		{ "--self", COMMAND_DELETE, ERR_NONE, false },
		{ "-j", COMMAND_DELETE, ERR_NO_TOKEN, false },
		{ "-l", COMMAND_LIST, ERR_NONE, false },
		{ "--all-members -k -", COMMAND_LIST, ERR_NONE, true },
		{ "-lh", COMMAND_HELP, ERR_NONE, false },
		{ "-V", COMMAND_VERSION, ERR_NONE, false },
		{ "-Vh", COMMAND_HELP, ERR_NONE, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(commands); i++) {
		const char *line = commands[i].line;

		assert_row(line, parse(line));
		assert_row(line, options_command(&opts) == commands[i].command);
		assert_row(line, (options_count_inputs(&opts) > 0) ==
		                         commands[i].input);
		options_check(&opts, &err);
		assert_row(line, err.code == commands[i].code);
	}
}

/* --- The environment --- */

static void the_first_variable_that_says_something_counts(void **state)
{
	(void)state;
	unsetenv("LANGSMITH_ENDPOINT");
	unsetenv("LANGCHAIN_ENDPOINT");
	assert_null(options_variable(OPTION_ENDPOINT));
	setenv("LANGCHAIN_ENDPOINT", "c", 1);
	setenv("LANGSMITH_ENDPOINTS", "x", 1);
	assert_string_equal(options_variable(OPTION_ENDPOINT), "c");
	setenv("LANGSMITH_ENDPOINT", " '\t", 1);
	assert_string_equal(options_variable(OPTION_ENDPOINT), "c");
	setenv("LANGSMITH_ENDPOINT", " e ", 1);
	assert_string_equal(options_variable(OPTION_ENDPOINT), " e ");
}

static void secrets_in_the_environment_are_wiped(void **state)
{
	static const char *const secrets[] = { "LANGSMITH_API_KEY",
		                               "LANGCHAIN_API_KEY",
		                               "LANGSMITH_BEARER_TOKEN" };

	(void)state;
	for (size_t i = 0; i < COUNT(secrets); i++)
		setenv(secrets[i], "secret", 1);
	setenv("LANGSMITH_ENDPOINT", "stays", 1);
	options_wipe_environment();
	for (size_t i = 0; i < COUNT(secrets); i++)
		assert_string_equal(getenv(secrets[i]), "");
	assert_string_equal(getenv("LANGSMITH_ENDPOINT"), "stays");
}

/* --- Help --- */

/* Every option that command_lines_are_read knows. */
static const char *const names[] = {
	"-e, --endpoint URL",
	"--region NAME",
	"-o, --organization UUID",
	"-w, --workspace UUID",
	"-k, --api-key-file FILE",
	"--bearer-file FILE",
	"--profile NAME",
	"-l, --list",
	"--all-members",
	"--service-keys",
	"--expired",
	"--unused-for",
	"--older-than",
	"--owner",
	"--self",
	"--revoke",
	"-n, --dry-run",
	"-y, --yes",
	"--ignore-missing",
	"--verify",
	"--audit FILE",
	"-j, --json",
	"-q, --quiet",
	"-v, --verbose",
	"-t, --timeout SECONDS",
	"--retries N",
	"--cacert FILE",
	"--resolve HOST:PORT:ADDR",
	"--connect-to HOST1:PORT1:HOST2:PORT2",
	"--proxy URL",
	"--pin sha256//BASE64",
	"--cert FILE",
	"--key FILE",
	"--header-file FILE",
	"--at TIME",
	"-h, --help",
	"-V, --version",
};

static void help_shows_every_option_in_80_columns(void **state)
{
	static uint8_t room[16384];
	struct buf out = BUF_OVER(room);
	struct span rest, line;
	size_t options = 0;

	(void)state;
	options_put_help(&out);
	assert_false(out.failed);
	for (size_t i = 0; i < COUNT(names); i++)
		assert_row(names[i], memmem(room, out.len, names[i],
		                            strlen(names[i])) != NULL);
	assert_int_equal(room[out.len - 1], '\n');
	rest = buf_written(&out);
	while (span_cut(&rest, '\n', &line)) {
		assert_true(line.len < 80);
		options += line.len > 6 &&
		           (line.at[2] == '-' || line.at[6] == '-');
		assert_true(line.len == 0 || line.at[line.len - 1] != ' ');
		for (size_t i = 0; i < line.len; i++)
			assert_in_range(line.at[i], 0x20, 0x7e);
	}
	assert_int_equal(options, COUNT(names)); /* and no other */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines_are_read),
		cmocka_unit_test(no_arguments_are_none),
		cmocka_unit_test(command_lines_are_refused),
		cmocka_unit_test(what_stands_behind_an_error_is_read),
		cmocka_unit_test(secrets_are_refused_wherever_they_stand),
		cmocka_unit_test(sixteen_pins_are_kept),
		cmocka_unit_test(options_that_exclude_each_other_are_refused),
		cmocka_unit_test(what_chooses_from_a_list_needs_one),
		cmocka_unit_test(each_command_line_is_one_command),
		cmocka_unit_test(the_first_variable_that_says_something_counts),
		cmocka_unit_test(secrets_in_the_environment_are_wiped),
		cmocka_unit_test(help_shows_every_option_in_80_columns),
	};

	return cmocka_run_group_tests_name("cli/options", tests, NULL, NULL);
}
