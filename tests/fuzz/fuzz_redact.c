/* SPDX-License-Identifier: MIT */
/* Fuzzes langsmith/redact: no secret is left, and JSON stays JSON. */
#include "langsmith/redact.h"

#include "fuzz/fuzz.h"
#include "wire/json.h"

#define TOKENS 2048
#define KEY_MOST 32

/*
 * The first line, as a key: it begins with a letter that no JSON has outside of
 * strings, it has no quotation mark, which would be one outside of them, nor
 * what secrets are hidden with.
 */
static struct span make_key(struct span line, uint8_t room[KEY_MOST])
{
	struct span key = { room, 0 };

	room[key.len++] = 'k';
	for (size_t i = 0; i < line.len && key.len < KEY_MOST; i++)
		if (line.at[i] > ' ' && line.at[i] < 0x7f &&
		    line.at[i] != '"' && line.at[i] != '*')
			room[key.len++] = line.at[i];
	return key;
}

static bool has(struct span text, struct span key)
{
	return key.len >= REDACT_KEY_LEAST && text.len >= key.len &&
	       memmem(text.at, text.len, key.at, key.len) != NULL;
}

/* No string of it holds the key, however it is written. */
static void check_strings(const struct json *doc, struct span key)
{
	static uint8_t room[131072];

	for (size_t i = 0; i < doc->count; i++) {
		struct buf out = BUF_OVER(room);

		if (!json_is_string(doc, i))
			continue;
		json_put_string(&out, doc, i);
		CHECK(!out.failed);
		CHECK(!has(buf_written(&out), key));
	}
}

static void check_json(struct span before, struct span after, struct span key)
{
	static jsmntok_t old[TOKENS], now[TOKENS];
	struct json was, is;
	enum json_verdict verdict = json_parse(&was, before, old, TOKENS);

	if (verdict == JSON_BAD)
		return;
	CHECK(json_parse(&is, after, now, TOKENS) == verdict);
	CHECK(is.count == was.count);
	for (size_t i = 0; i < is.count; i++) {
		CHECK(now[i].type == old[i].type);
		CHECK(now[i].start == old[i].start);
		CHECK(now[i].end == old[i].end);
	}
	if (verdict == JSON_DONE)
		check_strings(&is, key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = { data, size }, line = SPAN("");
	uint8_t room[KEY_MOST], *once, *twice;
	struct span key;

	span_cut(&text, '\n', &line);
	key = make_key(line, room);
	once = malloc(text.len + 1);
	twice = malloc(text.len + 1);
	CHECK(once != NULL && twice != NULL);
	if (text.len > 0)
		memcpy(once, text.at, text.len);
	redact(once, text.len, key);
	CHECK(!has((struct span){ once, text.len }, key));
	check_json(text, (struct span){ once, text.len }, key);
	memcpy(twice, once, text.len);
	redact(twice, text.len, key);
	CHECK(memcmp(once, twice, text.len) == 0);
	free(once);
	free(twice);
	return 0;
}
