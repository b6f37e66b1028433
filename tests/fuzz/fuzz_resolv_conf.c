/* SPDX-License-Identifier: MIT */
/* Fuzzes net/etc: /etc/resolv.conf, in whatever pieces. */
#include "fuzz/fuzz.h"
#include "net/etc.h"

static void read_text(struct span text, size_t way, struct etc_resolv *c)
{
	struct fuzz_pieces pieces = fuzz_split(text, way);
	struct etc_words words = { .len = 0 };
	struct span piece;

	etc_resolv_init(c);
	while (fuzz_piece(&pieces, &piece))
		etc_feed(&words, piece, etc_take_setting, c);
	etc_feed(&words, SPAN("\n"), etc_take_setting, c);
	etc_resolv_end(c);
}

static void check_bounds(const struct etc_resolv *c)
{
	struct span rest = buf_written(&c->search), domain;

	CHECK(c->server_count >= 1 && c->server_count <= DNS_SERVERS_MAX);
	for (size_t i = 0; i < c->server_count; i++) {
		union address a = c->servers[i];

		CHECK(a.any.sa_family == AF_INET ||
		      a.any.sa_family == AF_INET6);
		address_set_port(&a, 53);
		CHECK(memcmp(&a, &c->servers[i], address_size(&a)) == 0);
	}
	CHECK(c->ndots <= 15);
	CHECK(c->timeout >= 1 && c->timeout <= 30);
	CHECK(c->attempts >= 1 && c->attempts <= 5);
	CHECK(!c->search.failed && rest.len <= DNS_SEARCH_MAX);
	/* Words with a blank behind each; begin_name relies on it. */
	while (span_cut(&rest, ' ', &domain)) {
		CHECK((domain.len == 0) == (rest.at == NULL));
		CHECK(domain.len <= URL_HOST_MAX + 1);
	}
}

static void check_same(const struct etc_resolv *a, const struct etc_resolv *b)
{
	CHECK(a->server_count == b->server_count);
	CHECK(memcmp(a->servers, b->servers,
	             a->server_count * sizeof(a->servers[0])) == 0);
	CHECK(span_equal(buf_written(&a->search), buf_written(&b->search)));
	CHECK(a->ndots == b->ndots && a->timeout == b->timeout &&
	      a->attempts == b->attempts);
	CHECK(a->rotate == b->rotate && a->tcp == b->tcp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span text = { data, size };
	static struct etc_resolv whole, pieces;

	read_text(text, 0, &whole);
	check_bounds(&whole);
	for (size_t way = 1; way < fuzz_ways(text); way++) {
		read_text(text, way, &pieces);
		check_same(&whole, &pieces);
	}
	return 0;
}
