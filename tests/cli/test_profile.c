/* SPDX-License-Identifier: MIT */
/* Tests of cli/profile: which file, which profile, and what is refused. */
#include "cli/profile.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define TWO \
	"{\"profiles\":{\"default\":{\"api_key\":\"d\"}," \
	"\"a\":{\"api_key\":\"a\"},\"b\":{\"api_key\":\"b\"}}," \
	"\"current_profile\":\"b\"}"
#define DEFAULT(members) "{\"profiles\":{\"default\":{" members "}}}"

static struct profile profile;
static struct err err;
static char home[] = "/tmp/patrm-profile-XXXXXX";
static char folder[100], path[120];

static void write_file(struct span text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text.at, 1, text.len, file), text.len);
	fclose(file);
}

/* Reads it anew; `environs` is LANGSMITH_PROFILE, or NULL. */
static bool read_profile(const char *name, const char *environs)
{
	if (environs != NULL)
		setenv("LANGSMITH_PROFILE", environs, 1);
	else
		unsetenv("LANGSMITH_PROFILE");
	memset(&profile, 0, sizeof(profile));
	err = (struct err){ 0 };
	return profile_read(&profile, name, &err);
}

/* --- Which --- */

static void the_first_name_given_is_the_profile(void **state)
{
	static const struct {
		const char *label, *text, *option, *environs, *key;
	} rows[] = {
		{ "option", TWO, "a", "default", "a" },
		{ "environment", TWO, NULL, "a", "a" },
		{ "blanks and quotes", TWO, NULL, " 'a'\n", "a" },
		{ "current", TWO, NULL, NULL, "b" },
		{ "an empty environment", TWO, NULL, "", "b" },
		{ "default", DEFAULT("\"api_key\":\"d\""), NULL, NULL, "d" },
		{ "null",
		  "{\"current_profile\":null,\"profiles\":{\"default\":"
		  "{\"api_key\":\"d\"}}}",
		  NULL, NULL, "d" },
		{ "no default", "{\"profiles\":{}}", NULL, NULL, "" },
		{ "no profiles", "{}", NULL, NULL, "" },
		{ "null profiles", "{\"profiles\":null}", NULL, NULL, "" },
		{ "null key", DEFAULT("\"api_key\":null"), NULL, NULL, "" },
		{ "escapes", DEFAULT("\"api_key\":\" \\u0064\\n\""), NULL, NULL,
		  "d" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		write_file(span_of(rows[i].text));
		assert_row(rows[i].label,
		           read_profile(rows[i].option, rows[i].environs));
		assert_row(rows[i].label, err.code == ERR_NONE);
		assert_span(rows[i].label, profile.api_key,
		            span_of(rows[i].key));
	}
}

static void every_value_is_read(void **state)
{
	(void)state;
	write_file(SPAN(DEFAULT(
		"\"api_url\":\"https://h\",\"api_key\":\"k\",\"workspace_id\":"
		"\"w\",\"oauth\":{\"access_token\":\"t\",\"x\":1},\"y\":[]")));
	assert_true(read_profile(NULL, NULL));
	assert_span("url", profile.api_url, SPAN("https://h"));
	assert_span("key", profile.api_key, SPAN("k"));
	assert_span("workspace", profile.workspace, SPAN("w"));
	assert_span("token", profile.access_token, SPAN("t"));
}

/* --- What is refused --- */

static void what_is_not_right_is_refused(void **state)
{
	static const struct {
		const char *label, *text, *option, *environs;
		enum err_code code;
	} rows[] = {
		{ "no such option", TWO, "c", NULL, ERR_PROFILE },
		{ "an empty option", TWO, "", NULL, ERR_PROFILE },
		{ "no such environment", TWO, NULL, "c", ERR_PROFILE },
		{ "no such current", "{\"current_profile\":\"c\"}", NULL, NULL,
		  ERR_PROFILE },
		{ "a null profile", "{\"profiles\":{\"a\":null}}", "a", NULL,
		  ERR_PROFILE },
		{ "nothing", "", NULL, NULL, ERR_PROFILE_FILE },
		{ "torn", "{\"profiles\":{", NULL, NULL, ERR_PROFILE_FILE },
		{ "more", "{} {}", NULL, NULL, ERR_PROFILE_FILE },
		{ "an array", "[]", NULL, NULL, ERR_PROFILE_FILE },
		{ "current twice",
		  "{\"current_profile\":\"a\",\"current_profile\":\"b\"}", NULL,
		  NULL, ERR_PROFILE_FILE },
		{ "profile twice", "{\"profiles\":{\"a\":{},\"a\":{}}}", "a",
		  NULL, ERR_PROFILE_FILE },
		{ "key twice", DEFAULT("\"api_key\":\"a\",\"api_key\":\"b\""),
		  NULL, NULL, ERR_PROFILE_FILE },
		{ "current is a number", "{\"current_profile\":1}", NULL, NULL,
		  ERR_PROFILE_FILE },
		{ "profiles is an array", "{\"profiles\":[]}", NULL, NULL,
		  ERR_PROFILE_FILE },
		{ "profile is a string", "{\"profiles\":{\"a\":\"x\"}}", "a",
		  NULL, ERR_PROFILE_FILE },
		{ "key is a number", DEFAULT("\"api_key\":1"), NULL, NULL,
		  ERR_PROFILE_FILE },
		{ "URL is an object", DEFAULT("\"api_url\":{}"), NULL, NULL,
		  ERR_PROFILE_FILE },
		{ "oauth is a string", DEFAULT("\"oauth\":\"t\""), NULL, NULL,
		  ERR_PROFILE_FILE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		write_file(span_of(rows[i].text));
		assert_row(rows[i].label,
		           !read_profile(rows[i].option, rows[i].environs));
		assert_row(rows[i].label, err.code == rows[i].code);
	}
}

/* People mistake the one for the other, and errors are shown to others. */
static void a_secret_as_a_name_is_not_repeated(void **state)
{
	static const char secret[] =
		"lsv2_pt_0123456789abcdef0123456789abcdef_fedcba9876";
	static const char current[] =
		"{\"current_profile\":\"lsv2_pt_0123456789abcdef0123456789"
		"abcdef_fedcba9876\",\"profiles\":{}}";

	(void)state;
	for (int i = 0; i < 2; i++) {
		write_file(i == 0 ? SPAN("{}") : span_of(current));
		assert_false(read_profile(NULL, i == 0 ? secret : NULL));
		assert_int_equal(err.code, ERR_PROFILE);
		assert_span("detail",
		            (struct span){ err.detail, err.detail_len },
		            SPAN("of that name"));
	}
	assert_false(read_profile("c", NULL));
	assert_span("detail", (struct span){ err.detail, err.detail_len },
	            SPAN("c"));
}

static void a_name_has_a_longest_length(void **state)
{
	char name[PROFILE_NAME_MAX + 2], text[2 * PROFILE_NAME_MAX];

	(void)state;
	memset(name, 'n', sizeof(name));
	for (size_t len = PROFILE_NAME_MAX; len <= PROFILE_NAME_MAX + 1;
	     len++) {
		bool fits = len == PROFILE_NAME_MAX;

		name[len] = '\0';
		snprintf(text, sizeof(text),
		         "{\"profiles\":{\"%s\":{\"api_key\":\"k\"}}}", name);
		write_file(span_of(text));
		assert_int_equal(read_profile(name, NULL), fits);
		assert_int_equal(err.code, fits ? ERR_NONE : ERR_PROFILE);
		name[len] = 'n';
	}
}

static void a_file_has_a_longest_length(void **state)
{
	static uint8_t text[PROFILES_MAX];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, "{}", 2);
	write_file((struct span){ text, sizeof(text) - 1 });
	assert_true(read_profile(NULL, NULL));
	write_file((struct span){ text, sizeof(text) });
	assert_false(read_profile(NULL, NULL));
	assert_int_equal(err.code, ERR_PROFILE_FILE);
}

/* --- Which file --- */

static void a_file_of_the_usual_name_need_not_be(void **state)
{
	(void)state;
	unlink(path);
	assert_true(read_profile(NULL, NULL));
	assert_int_equal(profile.api_key.len, 0);
	assert_false(read_profile("a", NULL));
	assert_int_equal(err.code, ERR_PROFILE);
	setenv("HOME", "", 1);
	assert_true(read_profile(NULL, NULL));
	unsetenv("HOME");
	assert_true(read_profile(NULL, NULL));
	setenv("HOME", "/dev/null", 1); /* which is no folder */
	assert_true(read_profile(NULL, NULL));
	assert_int_equal(err.code, ERR_NONE);
	setenv("HOME", home, 1);
	/* No name is the same as an empty one. */
	write_file(SPAN(DEFAULT("\"api_key\":\"d\"")));
	setenv("LANGSMITH_CONFIG_FILE", "", 1);
	assert_true(read_profile(NULL, NULL));
	assert_span("key", profile.api_key, SPAN("d"));
	unsetenv("LANGSMITH_CONFIG_FILE");
}

static void a_file_that_is_named_must_be_one(void **state)
{
	char other[120];

	(void)state;
	snprintf(other, sizeof(other), "%s/fifo", home);
	assert_int_equal(mkfifo(other, 0600), 0);
	write_file(SPAN(TWO));
	setenv("HOME", "/nowhere", 1);
	setenv("LANGSMITH_CONFIG_FILE", path, 1);
	assert_true(read_profile(NULL, NULL));
	assert_span("key", profile.api_key, SPAN("b"));
	setenv("LANGSMITH_CONFIG_FILE", "/nowhere", 1);
	assert_false(read_profile(NULL, NULL));
	assert_int_equal(err.code, ERR_FILE_OPEN);
	setenv("LANGSMITH_CONFIG_FILE", other, 1);
	assert_false(read_profile(NULL, NULL));
	assert_int_equal(err.code, ERR_PROFILE_FILE);
	setenv("LANGSMITH_CONFIG_FILE", home, 1);
	assert_false(read_profile(NULL, NULL));
	assert_int_equal(err.code, ERR_PROFILE_FILE);
	unsetenv("LANGSMITH_CONFIG_FILE");
	setenv("HOME", home, 1);
	unlink(other);
}

static void nothing_is_left_behind(void **state)
{
	const uint8_t *at = (const uint8_t *)&profile;

	(void)state;
	write_file(SPAN(DEFAULT("\"api_key\":\"s3cret\"")));
	assert_true(read_profile(NULL, NULL));
	profile_wipe(&profile);
	for (size_t i = 0; i < offsetof(struct profile, tokens); i++)
		assert_int_equal(at[i], 0);
}

static int begin(void **state)
{
	(void)state;
	if (mkdtemp(home) == NULL)
		return -1;
	snprintf(folder, sizeof(folder), "%s/.langsmith", home);
	snprintf(path, sizeof(path), "%s/config.json", folder);
	unsetenv("LANGSMITH_CONFIG_FILE");
	return mkdir(folder, 0700) == 0 && setenv("HOME", home, 1) == 0 ? 0
	                                                                : -1;
}

static int end(void **state)
{
	(void)state;
	unlink(path);
	rmdir(folder);
	rmdir(home);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_name_given_is_the_profile),
		cmocka_unit_test(every_value_is_read),
		cmocka_unit_test(what_is_not_right_is_refused),
		cmocka_unit_test(a_secret_as_a_name_is_not_repeated),
		cmocka_unit_test(a_name_has_a_longest_length),
		cmocka_unit_test(a_file_has_a_longest_length),
		cmocka_unit_test(a_file_of_the_usual_name_need_not_be),
		cmocka_unit_test(a_file_that_is_named_must_be_one),
		cmocka_unit_test(nothing_is_left_behind),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("cli/profile", tests, begin, end);
}
