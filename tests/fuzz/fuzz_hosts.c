/* SPDX-License-Identifier: MIT */
/* Fuzzes net/etc: /etc/hosts, in whatever pieces, beside a plain reader. */
#include <arpa/inet.h>

#include "fuzz/fuzz.h"
#include "net/etc.h"

static const struct span name = { (const uint8_t *)"host.example", 12 };

static bool is_blank(uint8_t c)
{
	return c <= ' ';
}

/* The next word of a line, all of which is left of its comment. */
static struct span next_word(struct span *line)
{
	struct span word;

	while (line->len > 0 && is_blank(line->at[0]))
		*line = span_skip(*line, 1);
	word = (struct span){ line->at, 0 };
	while (line->len > 0 && !is_blank(line->at[0])) {
		*line = span_skip(*line, 1);
		word.len++;
	}
	return word;
}

static struct span without_comment(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] == '#' ||
		    (line.at[i] == ';' && (i == 0 || is_blank(line.at[i - 1]))))
			line.len = i;
	return line;
}

static bool plain_parse(struct span word, uint8_t bytes[16], int *family)
{
	char text[64];

	if (word.len == 0 || word.len >= 62)
		return false;
	memcpy(text, word.at, word.len);
	text[word.len] = '\0';
	if (strchr(text, '%') != NULL)
		*strchr(text, '%') = '\0';
	*family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	if (*family == AF_INET && memchr(word.at, '%', word.len) != NULL)
		return false;
	return inet_pton(*family, text, bytes) == 1;
}

static void plain_line(struct span line, struct addresses *found)
{
	struct span word = next_word(&line);
	uint8_t bytes[16];
	union address a;
	int family;

	if (!plain_parse(word, bytes, &family))
		return;
	while ((word = next_word(&line)).len > 0) {
		if (word.len > URL_HOST_MAX + 1)
			continue;
		if (word.at[word.len - 1] == '.')
			word.len--;
		if (!span_equal_nocase(word, name))
			continue;
		address_set(&a,
		            (struct span){ bytes, family == AF_INET ? 4 : 16 });
		addresses_add(found, &a);
		return;
	}
}

static void check_same(const struct addresses *a, const struct addresses *b)
{
	for (size_t f = 0; f < FAMILIES; f++) {
		CHECK(a->count[f] == b->count[f]);
		CHECK(a->count[f] <= HOST_ADDRESSES_MAX);
		for (size_t i = 0; i < a->count[f]; i++)
			CHECK(span_equal(address_bytes(&a->list[f][i]),
			                 address_bytes(&b->list[f][i])));
	}
}

static void check_way(struct span text, size_t way,
                      const struct addresses *want)
{
	struct fuzz_pieces pieces = fuzz_split(text, way);
	struct addresses found = { .count = { 0 } };
	struct etc_hosts hosts = { .name = name, .found = &found };
	struct etc_words words = { .len = 0 };
	struct span piece;

	while (fuzz_piece(&pieces, &piece))
		etc_feed(&words, piece, etc_take_host, &hosts);
	etc_feed(&words, SPAN("\n"), etc_take_host, &hosts);
	check_same(&found, want);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span text = { data, size };
	struct addresses want = { .count = { 0 } };
	struct span rest = text, line;

	while (span_cut(&rest, '\n', &line))
		plain_line(without_comment(line), &want);
	for (size_t way = 0; way < fuzz_ways(text); way++)
		check_way(text, way, &want);
	return 0;
}
