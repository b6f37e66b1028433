/* SPDX-License-Identifier: MIT */
/* Tests of cli/audit: the lines, and files that cannot be written. */
#include "cli/audit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

#define ID "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
#define TIME "0000-00-00T00:00:00Z"

static char folder[] = "/tmp/patrm-audit-XXXXXX";
static char path[100];
static struct err err;

static struct pick
pick_of(struct span short_key)
{
	struct pick p = { .form = PICK_ID, .has_id = true };

	assert_true(uuid_parse(SPAN(ID), &p.id));
	memcpy(p.short_key, short_key.at, short_key.len);
	p.short_key_len = short_key.len;
	return p;
}

/* Reads it all, and makes every digit of a time a 0. */
static void
check_lines(int file, const char *want)
{
	char text[2000] = "", *at = text;
	ssize_t got = read(file, text, sizeof(text) - 1);

	assert_true(got >= 0);
	while ((at = strstr(at, "{\"time\":\"")) != NULL) {
		at += strlen("{\"time\":\"");
		for (; *at != '\0' && *at != '"'; at++)
			if (*at >= '0' && *at <= '9')
				*at = '0';
	}
	assert_string_equal(text, want);
}

#define LINE "{\"time\":\"" TIME "\",\"id\":\"" ID "\""

static void
lines_are_appended_before_and_after(void **state)
{
	struct pick p = pick_of(SPAN("lsv2_pt_3f2b...9d10"));
	struct api_result r = { .outcome = API_DELETED, .http = 200 };
	struct audit a;
	struct stat info;
	int file;

	(void)state;
	umask(0);
	assert_true(audit_open(&a, path, &err));
	assert_true(audit_note(&a, &p, NULL, &err));
	close(a.file);
	assert_true(audit_open(&a, path, &err)); /* another run */
	assert_true(audit_note(&a, &p, &r, &err));
	p = pick_of(SPAN("\"\x1b"));
	r = (struct api_result){ .outcome = API_UNKNOWN, .status = 6 };
	assert_true(audit_note(&a, &p, &r, &err));
	assert_int_equal(fstat(a.file, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
	close(a.file);
	file = open(path, O_RDONLY | O_CLOEXEC);
	check_lines(file, LINE ",\"short_key\":\"lsv2_pt_3f2b...9d10\","
	                       "\"outcome\":\"sending\"}\n" LINE
	                       ",\"short_key\":\"lsv2_pt_3f2b...9d10\","
	                       "\"outcome\":\"deleted\",\"status\":200}\n" LINE
	                       ",\"short_key\":\"\\\"\\u001b\","
	                       "\"outcome\":\"unknown\"}\n");
	close(file);
	unlink(path);
}

/* Every byte of the longest short key escaped, and the longest outcome. */
static void
the_longest_line_is_whole(void **state)
{
	uint8_t key[SHORT_KEY_MAX];
	struct api_result r = { .outcome = API_DELETED_UNVERIFIED,
		                .http = 200 };
	struct pick p;
	struct audit a;
	struct stat info;

	(void)state;
	memset(key, 0x1b, sizeof(key));
	p = pick_of((struct span){ key, sizeof(key) });
	assert_true(audit_open(&a, path, &err));
	assert_true(audit_note(&a, &p, &r, &err));
	assert_int_equal(fstat(a.file, &info), 0);
	assert_int_equal(info.st_size,
	                 strlen(LINE ",\"short_key\":\"\",\"outcome\":"
	                             "\"deleted-unverified\",\"status\":200}"
	                             "\n") +
	                         6 * sizeof(key));
	close(a.file);
	unlink(path);
}

static void
without_a_file_there_is_nothing_to_do(void **state)
{
	struct pick p = pick_of(SPAN(""));
	struct audit a;

	(void)state;
	assert_true(audit_open(&a, NULL, &err));
	assert_true(audit_note(&a, &p, NULL, &err));
}

static void
what_cannot_be_opened_or_written_is_an_error(void **state)
{
	static const struct {
		const char *path;
		enum err_code open, note;
	} rows[] = {
		{ "/dev/full", ERR_NONE, ERR_FILE_WRITE },
		{ "/dev/null", ERR_NONE, ERR_NONE },
		{ "/tmp", ERR_FILE_OPEN, ERR_NONE },
		{ "/nowhere/at/all", ERR_FILE_OPEN, ERR_NONE },
		{ "", ERR_FILE_OPEN, ERR_NONE },
	};
	struct pick p = pick_of(SPAN(""));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *label = rows[i].path;
		struct audit a;

		err = (struct err){ 0 };
		assert_row(label, audit_open(&a, rows[i].path, &err) ==
		                          (rows[i].open == ERR_NONE));
		assert_row(label, err.code == rows[i].open);
		if (rows[i].open != ERR_NONE)
			continue;
		assert_row(label, audit_note(&a, &p, NULL, &err) ==
		                          (rows[i].note == ERR_NONE));
		assert_row(label, err.code == rows[i].note);
		close(a.file);
	}
}

static void
a_pipe_takes_lines_while_somebody_reads(void **state)
{
	struct pick p = pick_of(SPAN(""));
	struct audit a;
	int reader;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	err = (struct err){ 0 };
	assert_false(audit_open(&a, path, &err)); /* nobody does */
	assert_int_equal(err.code, ERR_FILE_OPEN);
	reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(audit_open(&a, path, &err));
	assert_true(audit_note(&a, &p, NULL, &err));
	check_lines(reader, LINE ",\"outcome\":\"sending\"}\n");
	close(reader);
	close(a.file);
	unlink(path);
}

static int
begin(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/audit", folder);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	unlink(path);
	rmdir(folder);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_appended_before_and_after),
		cmocka_unit_test(the_longest_line_is_whole),
		cmocka_unit_test(without_a_file_there_is_nothing_to_do),
		cmocka_unit_test(what_cannot_be_opened_or_written_is_an_error),
		cmocka_unit_test(a_pipe_takes_lines_while_somebody_reads),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("cli/audit", tests, begin, end);
}
