/* SPDX-License-Identifier: MIT */
/* The conformance cases of ../shared, and memory that ends at a closed page. */
#include "wire/cases.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- Cases --- */

static unsigned base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	if (c == '\0' || at == NULL)
		fail_msg("'%c' in base64", c);
	return (unsigned)(at - digits);
}

static struct span base64_decode(const char *text, size_t len)
{
	uint8_t *bytes = malloc(len / 4 * 3 + 1);
	size_t count = 0;
	unsigned bits = 0;

	assert_non_null(bytes);
	for (size_t i = 0; i < len && text[i] != '='; i++) {
		bits = bits << 6 | base64_value(text[i]);
		if (i % 4 != 0)
			bytes[count++] = (uint8_t)(bits >> (6 - i % 4 * 2));
	}
	return (struct span){ bytes, count };
}

/* What stands behind `"key": ` in the line; NULL where it has no such key. */
static const char *value_of(const char *line, const char *key)
{
	char quoted[32];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\": ", key);
	at = strstr(line, quoted);
	return at == NULL ? NULL : at + strlen(quoted);
}

/* Likewise of a text, which in these files has no escapes. */
static struct span text_of(const char *line, const char *key)
{
	const char *at = value_of(line, key);

	if (at == NULL || *at != '"')
		fail_msg("no %s in %.80s", key, line);
	return (struct span){ (const uint8_t *)at + 1, strcspn(at + 1, "\"") };
}

static size_t number_of(const char *line, const char *key)
{
	const char *at = value_of(line, key);

	return at == NULL ? 0 : strtoul(at, NULL, 10);
}

static void read_case(const char *line, struct test_case *c)
{
	struct span name = text_of(line, "name"), b64 = text_of(line, "b64");

	assert_true(name.len < sizeof(c->name));
	memcpy(c->name, name.at, name.len);
	c->text = base64_decode((const char *)b64.at, b64.len);
	c->accept = text_of(line, "expect").at[0] == 'a';
	c->status = (unsigned)number_of(line, "status");
	c->body_len = number_of(line, "body_bytes");
}

static FILE *open_cases(const char *file)
{
	const char *shared = getenv("PATRM_SHARED"), *must;
	char path[4096];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/conformance/%s",
	         shared != NULL ? shared : "../shared", file);
	stream = fopen(path, "r");
	if (stream != NULL)
		return stream;
	must = getenv("PATRM_REQUIRE_SHARED");
	if (getenv("CI") != NULL || (must != NULL && strcmp(must, "1") == 0))
		fail_msg("%s cannot be read", path);
	print_message("skipped: no %s (it is not part of the project)\n", path);
	skip();
	return NULL;
}

void cases_load(const char *file, struct test_cases *out)
{
	FILE *stream = open_cases(file);
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stream) > 0) {
		assert_true(out->count < CASES_MAX);
		read_case(line, &out->at[out->count++]);
	}
	free(line);
	fclose(stream);
	assert_true(out->count > 0);
}

/* --- The closed page --- */

#define GUARDED_MAX (((size_t)1 << 20) + 65536)

struct span guarded(struct span bytes)
{
	static uint8_t *end;

	if (end == NULL) {
		size_t page = (size_t)getpagesize();
		uint8_t *start =
			mmap(NULL, GUARDED_MAX + page, PROT_READ | PROT_WRITE,
		             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		assert_true(start != MAP_FAILED);
		end = start + GUARDED_MAX;
		assert_int_equal(mprotect(end, page, PROT_NONE), 0);
	}
	assert_true(bytes.len <= GUARDED_MAX);
	if (bytes.len > 0)
		memcpy(end - bytes.len, bytes.at, bytes.len);
	return (struct span){ end - bytes.len, bytes.len };
}
