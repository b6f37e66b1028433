/* SPDX-License-Identifier: MIT */
/* Options before environment before defaults; secrets read and wiped. */
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/config.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define OTHER "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d11"

static const char *const variables[] = {
	"LANGSMITH_ENDPOINT",
	"LANGCHAIN_ENDPOINT",
	"LANGSMITH_API_KEY",
	"LANGCHAIN_API_KEY",
	"LANGSMITH_BEARER_TOKEN",
	"LANGSMITH_WORKSPACE_ID",
	"LANGSMITH_ORGANIZATION_ID",
	"LANGSMITH_TENANT_ID",
	"SSL_CERT_FILE",
};

static char *token[] = { (char *)(uintptr_t)ID };
static struct config config;
static struct err error;

/* An empty environment but for a key. */
static int
set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(variables); i++)
		assert_int_equal(unsetenv(variables[i]), 0);
	return setenv("LANGSMITH_API_KEY", "key", 1);
}

static bool
resolve(struct opts o)
{
	o.tokens = token;
	o.token_count = 1;
	error = (struct err){ 0 };
	return config_resolve(&config, &o, &error);
}

static struct span
secret(void)
{
	return (struct span){ config.identity.secret,
		              config.identity.secret_len };
}

static void
without_anything_it_is_the_service(void **state)
{
	(void)state;
	assert_true(resolve((struct opts){ 0 }));
	assert_string_equal(config.server.host, "api.smith.langchain.com");
	assert_true(config.server.secure && config.server.port == 443);
	assert_int_equal(config.timeout, 30000);
	assert_int_equal(config.retries, 2);
	assert_false(config.identity.bearer);
	assert_false(config.identity.organization.given);
	assert_false(config.identity.workspace.given);
	assert_null(config.certificates);
	assert_span("key", secret(), SPAN("key"));
}

static void
options_beat_the_environment(void **state)
{
	(void)state;
	setenv("LANGCHAIN_ENDPOINT", "https://chain.example", 1);
	assert_true(resolve((struct opts){ 0 }));
	assert_string_equal(config.server.host, "chain.example");
	setenv("LANGSMITH_API_KEY", "key", 1);
	setenv("LANGSMITH_ENDPOINT", " 'https://smith.example/' ", 1);
	assert_true(resolve((struct opts){ 0 }));
	assert_string_equal(config.server.host, "smith.example");
	setenv("LANGSMITH_API_KEY", "key", 1);
	assert_true(resolve((struct opts){ .region = "eu" }));
	assert_string_equal(config.server.host, "eu.api.smith.langchain.com");
	setenv("LANGSMITH_API_KEY", "key", 1);
	setenv("LANGSMITH_TENANT_ID", ID, 1);
	setenv("LANGSMITH_WORKSPACE_ID", "\"" OTHER "\"", 1);
	setenv("SSL_CERT_FILE", "env.pem", 1);
	assert_true(resolve((struct opts){ .endpoint = "https://h:8/x",
	                                   .organization = ID }));
	assert_int_equal(config.server.port, 8);
	assert_true(config.identity.organization.given);
	assert_true(config.identity.workspace.given);
	assert_int_equal(config.identity.workspace.id.byte[15], 0x11);
	assert_string_equal(config.certificates, "env.pem");
}

static void
secrets_in_the_environment_are_wiped(void **state)
{
	static const char *const names[] = { "LANGSMITH_API_KEY",
		                             "LANGCHAIN_API_KEY",
		                             "LANGSMITH_BEARER_TOKEN" };
	char *places[COUNT(names)];

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		assert_int_equal(setenv(names[i], "s3cret", 1), 0);
		places[i] = getenv(names[i]);
	}
	/* One of them is used, and all are wiped, errors or not. */
	assert_false(resolve((struct opts){ .endpoint = "nothing" }));
	for (size_t i = 0; i < COUNT(names); i++)
		for (size_t k = 0; k < 6; k++)
			assert_int_equal(places[i][k], 0);
}

static void
a_bearer_token_goes_before_a_key(void **state)
{
	(void)state;
	setenv("LANGSMITH_BEARER_TOKEN", "bearer", 1);
	setenv("LANGSMITH_ORGANIZATION_ID", ID, 1);
	assert_true(resolve((struct opts){ 0 }));
	assert_true(config.identity.bearer);
	assert_span("bearer", secret(), SPAN("bearer"));
}

/* What a file of that content gives. */
static enum err_code
key_file(struct span content)
{
	char path[] = "/tmp/patrm-key-XXXXXX";
	int file = mkstemp(path);

	assert_true(file >= 0);
	assert_int_equal(write(file, content.at, content.len),
	                 (ssize_t)content.len);
	assert_int_equal(close(file), 0);
	(void)resolve((struct opts){ .api_key_file = path });
	assert_int_equal(unlink(path), 0);
	return error.code;
}

static void
a_key_file_holds_one_key(void **state)
{
	static uint8_t large[SECRET_MAX + 100];

	(void)state;
	memset(large, 'k', sizeof(large));
	assert_int_equal(key_file(SPAN(" \"key in\" ")), ERR_SECRET_BYTES);
	assert_int_equal(key_file(SPAN("one\ntwo\n")), ERR_SECRET_BYTES);
	assert_int_equal(key_file(SPAN("one\0two")), ERR_SECRET_BYTES);
	assert_int_equal(key_file(SPAN("\xc3\xa9")), ERR_SECRET_BYTES);
	assert_int_equal(key_file(SPAN("")), ERR_SECRET_EMPTY);
	assert_int_equal(key_file(SPAN(" \r\n\"\"")), ERR_SECRET_EMPTY);
	assert_int_equal(key_file((struct span){ large, sizeof(large) }),
	                 ERR_SECRET_LONG);
	assert_int_equal(key_file((struct span){ large, SECRET_MAX + 1 }),
	                 ERR_SECRET_LONG);
	assert_int_equal(key_file((struct span){ large, SECRET_MAX }),
	                 ERR_NONE);
	assert_int_equal(key_file(SPAN("  'key'\r\n")), ERR_NONE);
	assert_span("key", secret(), SPAN("key"));
}

static void
what_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *label;
		struct opts opts;
		enum err_code code;
	} rows[] = {
		{ "-e --region",
		  { .endpoint = "https://h", .region = "eu" },
		  ERR_OPTION_PAIR },
		{ "--region", { .region = "mars" }, ERR_REGION },
		{ "-q -v",
		  { .quiet = true, .verbose = true },
		  ERR_OPTION_PAIR },
		{ "-k --bearer-file",
		  { .api_key_file = "a", .bearer_file = "b" },
		  ERR_OPTION_PAIR },
		{ "bearer alone",
		  { .bearer_file = "/dev/null" },
		  ERR_SECRET_EMPTY },
		{ "-e", { .endpoint = "h" }, ERR_URL },
		{ "-e empty", { .endpoint = "" }, ERR_URL },
		{ "-o", { .organization = "x" }, ERR_UUID },
		{ "-o empty", { .organization = "" }, ERR_UUID },
		{ "-w blank", { .workspace = " " }, ERR_UUID },
		{ "-t 0", { .timeout = "0" }, ERR_OPTION_NUMBER },
		{ "-t -1", { .timeout = "-1" }, ERR_OPTION_NUMBER },
		{ "-t 1.5", { .timeout = "1.5" }, ERR_OPTION_NUMBER },
		{ "-t 86401", { .timeout = "86401" }, ERR_OPTION_NUMBER },
		{ "--retries 101", { .retries = "101" }, ERR_OPTION_NUMBER },
		{ "--at", { .at = "yesterday" }, ERR_TIME_FORM },
		{ "--pin", { .pins = { "sha256//AAAA" } }, ERR_PIN_FORM },
		{ "--pin http",
		  { .endpoint = "http://[::1]", .pins = { "x" } },
		  ERR_OPTION_PAIR },
		{ "-k", { .api_key_file = "/nowhere" }, ERR_FILE_OPEN },
		{ "-k folder", { .api_key_file = "/" }, ERR_FILE_READ },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		setenv("LANGSMITH_API_KEY", "key", 1);
		assert_row(rows[i].label, !resolve(rows[i].opts));
		assert_row(rows[i].label, error.code == rows[i].code);
	}
}

static void
standard_input_is_read_once(void **state)
{
	char *hyphen[] = { (char *)(uintptr_t) "-", (char *)(uintptr_t) "-" };
	struct opts o = { .tokens = hyphen, .token_count = 2 };

	(void)state;
	error = (struct err){ 0 };
	assert_false(config_resolve(&config, &o, &error));
	assert_int_equal(error.code, ERR_STDIN_TWICE);
	o.token_count = 1;
	o.api_key_file = "-";
	error = (struct err){ 0 };
	assert_false(config_resolve(&config, &o, &error));
	assert_int_equal(error.code, ERR_STDIN_TWICE);
	o.token_count = 0;
	o.api_key_file = NULL;
	error = (struct err){ 0 };
	assert_false(config_resolve(&config, &o, &error));
	assert_int_equal(error.code, ERR_NO_TOKEN);
}

static void
no_key_is_an_error(void **state)
{
	(void)state;
	setenv("LANGSMITH_API_KEY", " ", 1);
	assert_false(resolve((struct opts){ 0 }));
	assert_int_equal(error.code, ERR_NO_KEY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(without_anything_it_is_the_service,
		                       set_up),
		cmocka_unit_test_setup(options_beat_the_environment, set_up),
		cmocka_unit_test_setup(secrets_in_the_environment_are_wiped,
		                       set_up),
		cmocka_unit_test_setup(a_bearer_token_goes_before_a_key,
		                       set_up),
		cmocka_unit_test_setup(a_key_file_holds_one_key, set_up),
		cmocka_unit_test_setup(what_cannot_be_is_refused, set_up),
		cmocka_unit_test_setup(standard_input_is_read_once, set_up),
		cmocka_unit_test_setup(no_key_is_an_error, set_up),
	};

	return cmocka_run_group_tests_name("cli/config", tests, NULL, NULL);
}
