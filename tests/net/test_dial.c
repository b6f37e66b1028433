/* SPDX-License-Identifier: MIT */
/* Tests of net/dial: whom it connects to, and bytes until a deadline. */
/* links: tests/net/peer.c */
#include "net/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/peer.h"

#define SHORT 50 /* ms */
#define LONG 5000

static struct dial dial;

static struct span detail_of(const struct err *e)
{
	return (struct span){ e->detail, e->detail_len };
}

static struct url url_of(bool secure, const char *host, uint16_t port)
{
	struct url u = { .secure = secure, .port = port };

	assert_true(strlen(host) < sizeof(u.host));
	memcpy(u.host, host, strlen(host) + 1);
	u.ipv6 = strchr(host, ':') != NULL;
	return u;
}

/* --- Addresses --- */

static void addresses_are_told_from_names(void **state)
{
	static const struct {
		const char *host;
		bool address;
	} rows[] = {
		{ "127.0.0.1", true },
		{ "0.0.0.0", true },
		{ "255.255.255.255", true },
		{ "::", true },
		{ "::1", true },
		{ "2001:db8::1", true },
		{ "::ffff:192.0.2.1", true },
		{ "", false },
		{ "localhost", false },
		{ "127.1", false },
		{ "127.0.0.256", false },
		{ "127.0.0.1.", false },
		{ "0x7f000001", false },
		{ "2130706433", false },
		{ "1.2.3.4.5", false },
		{ "[::1]", false },
		{ "::1%lo", false },
		{ "fe80::1%eth0", false },
		{ ":::", false },
		{ "example.com", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_row(rows[i].host,
		           dial_is_address(rows[i].host) == rows[i].address);
}

/* Connections without TLS go to this machine, or nowhere. */
static void plain_http_is_for_loopback(void **state)
{
	static const struct {
		const char *host, *refused; /* as, or NULL */
	} rows[] = {
		{ "127.0.0.1", NULL },
		{ "127.255.1.2", NULL },
		{ "::1", NULL },
		{ "::ffff:127.0.0.1", NULL },
		{ "localhost", NULL },
		{ "0.0.0.0", "0.0.0.0" },
		{ "126.255.255.255", "126.255.255.255" },
		{ "128.0.0.1", "128.0.0.1" },
		{ "10.0.0.1", "10.0.0.1" },
		{ "1.0.0.127", "1.0.0.127" },
		{ "::", "::" },
		{ "::2", "::2" },
		{ "::127.0.0.1", "::7f00:1" },
		{ "::ffff:10.0.0.1", "::ffff:a00:1" },
		{ "64:ff9b::127.0.0.1", "64:ff9b::7f00:1" },
		{ "fe80::1", "fe80::1" },
	};
	uint16_t port = peer_free_port();
	size_t files = open_files();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url u = url_of(false, rows[i].host, port);
		const char *refused = rows[i].refused;
		struct err e = { 0 };

		assert_row(rows[i].host,
		           !dial_connect(&dial, &u, deadline_in(LONG), &e));
		assert_row(rows[i].host, e.code == (refused ? ERR_NOT_LOOPBACK
		                                            : ERR_CONNECT));
		if (refused)
			assert_span(rows[i].host, detail_of(&e),
			            span_of(refused));
	}
	assert_int_equal(open_files(), files);
}

/* --- Connections --- */

static void a_connection_is_as_promised(void **state)
{
	static const struct peer_turn turn = { .say = "hello", .deaf = true };
	static const char *const hosts[] = { "127.0.0.1", "localhost" };

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct err e = { 0 };
		struct peer peer;
		struct url u;

		peer_start(&peer, &turn, 1);
		u = url_of(false, hosts[i], peer.port);
		assert_true(dial_connect(&dial, &u, deadline_in(LONG), &e));
		assert_true((fcntl(dial.fd, F_GETFL) & O_NONBLOCK) != 0);
		close(dial.fd);
		peer_stop(&peer);
		assert_int_equal(peer.log->connections, 1);
	}
}

static void nobody_there_is_told_with_the_reason(void **state)
{
	uint16_t port = peer_free_port();
	struct url u = url_of(true, "127.0.0.1", port);
	struct err e = { 0 };
	char want[64];

	(void)state;
	snprintf(want, sizeof(want), "127.0.0.1:%u: Connection refused", port);
	assert_false(dial_connect(&dial, &u, deadline_in(LONG), &e));
	assert_int_equal(e.code, ERR_CONNECT);
	assert_span("detail", detail_of(&e), span_of(want));
}

/* Of localhost's two addresses the second is tried as well. */
static void the_next_address_is_tried(void **state)
{
	struct sockaddr_in6 here = { .sin6_family = AF_INET6,
		                     .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t size = sizeof(here);
	int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t files = open_files();
	struct err e = { 0 };
	struct url u;

	(void)state;
	if (listener < 0 ||
	    bind(listener, (struct sockaddr *)&here, size) != 0) {
		print_message("skipped: this machine has no IPv6\n");
		skip();
	}
	assert_int_equal(listen(listener, 1), 0);
	getsockname(listener, (struct sockaddr *)&here, &size);
	u = url_of(false, "localhost", ntohs(here.sin6_port));
	assert_true(dial_connect(&dial, &u, deadline_in(LONG), &e));
	close(dial.fd);
	assert_int_equal(open_files(), files);
	close(listener);
}

/* A listener whose queue is full answers nobody. */
static void connecting_ends_with_the_deadline(void **state)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(here);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct deadline d;
	struct err e = { 0 };
	int queue[4];
	struct url u;

	(void)state;
	assert_int_equal(bind(listener, (struct sockaddr *)&here, size), 0);
	assert_int_equal(listen(listener, 0), 0);
	getsockname(listener, (struct sockaddr *)&here, &size);
	for (size_t i = 0; i < COUNT(queue); i++) {
		queue[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(queue[i], (struct sockaddr *)&here, size);
	}
	u = url_of(true, "127.0.0.1", ntohs(here.sin_port));
	d = deadline_in(SHORT);
	assert_false(dial_connect(&dial, &u, d, &e));
	assert_int_equal(e.code, ERR_DEADLINE);
	assert_span("detail", detail_of(&e), SPAN("connecting"));
	assert_true(deadline_left(d) == 0);
	for (size_t i = 0; i < COUNT(queue); i++)
		close(queue[i]);
	close(listener);
}

/* The resolver has no time at all. */
static void resolving_ends_with_the_deadline(void **state)
{
	struct url u = url_of(true, "patrm.invalid", 443);
	size_t files = open_files();
	struct err e = { 0 };

	(void)state;
	assert_false(dial_connect(&dial, &u, deadline_in(-1), &e));
	assert_int_equal(e.code, ERR_DEADLINE);
	assert_span("detail", detail_of(&e), SPAN("resolving the host name"));
	assert_int_equal(open_files(), files);
}

static int find_no_file(void)
{
	struct url u = url_of(true, "patrm.invalid", 443);
	struct err e = { 0 };

	/* Here res_mkquery is glibc's, which reads a file before anything. */
	res_init();
	/* All numbers up to the limit are taken. */
	while (dup(0) >= 0)
		;
	if (dial_connect(&dial, &u, deadline_in(LONG), &e))
		return 1;
	return e.code == ERR_SYSTEM ? 0 : 2;
}

static void a_system_that_is_full_is_told(void **state)
{
	(void)state;
	assert_int_equal(in_child(find_no_file), 0);
}

/* --- Bytes --- */

static void open_pair(int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX,
	                            SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	                            0, ends),
	                 0);
}

/* Reads all of it, in small pieces, and tells whether it is in order. */
static _Noreturn void read_in_child(int fd, size_t size)
{
	uint8_t piece[5000];
	size_t at = 0;

	fcntl(fd, F_SETFL, 0);
	while (at < size) {
		ssize_t got = read(fd, piece, sizeof(piece));

		if (got <= 0)
			_exit(1);
		for (size_t i = 0; i < (size_t)got; i++)
			if (piece[i] != (uint8_t)((at + i) * 31 >> 3))
				_exit(2);
		at += (size_t)got;
	}
	_exit(0);
}

static void all_is_sent_however_slowly_it_goes(void **state)
{
	static uint8_t bytes[1000000];
	struct err e = { 0 };
	int ends[2], status;
	pid_t child;

	(void)state;
	open_pair(ends);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 >> 3);
	child = fork();
	if (child == 0)
		read_in_child(ends[1], sizeof(bytes));
	assert_true(dial_write(ends[0], (struct span){ bytes, sizeof(bytes) },
	                       deadline_in(LONG), &e));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(ends[0]);
	close(ends[1]);
}

static void sending_ends_with_the_deadline(void **state)
{
	static uint8_t bytes[1000000];
	struct deadline d = deadline_for(deadline_in(SHORT), "testing");
	struct err e = { 0 };
	int ends[2];

	(void)state;
	open_pair(ends);
	assert_false(dial_write(ends[0], (struct span){ bytes, sizeof(bytes) },
	                        d, &e));
	assert_int_equal(e.code, ERR_DEADLINE);
	assert_span("detail", detail_of(&e), SPAN("testing"));
	close(ends[0]);
	close(ends[1]);
}

/* Without a signal: SIGPIPE has its default here. */
static void sending_to_nobody_fails(void **state)
{
	struct err e = { 0 };
	int ends[2];

	(void)state;
	open_pair(ends);
	close(ends[1]);
	assert_true(dial_write(ends[0], SPAN(""), deadline_in(LONG), &e));
	assert_false(dial_write(ends[0], SPAN("x"), deadline_in(LONG), &e));
	assert_int_equal(e.code, ERR_SEND);
	assert_span("detail", detail_of(&e), SPAN("send: Broken pipe"));
	close(ends[0]);
}

static void what_is_there_is_received(void **state)
{
	uint8_t room[4] = { 0 };
	struct buf into = BUF_OVER(room);
	struct err e = { 0 };
	int ends[2];

	(void)state;
	open_pair(ends);
	assert_int_equal(write(ends[1], "abcdef", 6), 6);
	close(ends[1]);
	assert_int_equal(dial_read(ends[0], &into, deadline_in(LONG), &e),
	                 NET_DATA);
	assert_span("first", buf_written(&into), SPAN("abcd"));
	into.len = 0;
	assert_int_equal(dial_read(ends[0], &into, deadline_in(LONG), &e),
	                 NET_DATA);
	assert_span("second", buf_written(&into), SPAN("ef"));
	assert_int_equal(dial_read(ends[0], &into, deadline_in(LONG), &e),
	                 NET_END);
	assert_int_equal(e.code, ERR_NONE);
	close(ends[0]);
}

static void receiving_ends_with_the_deadline(void **state)
{
	uint8_t room[4];
	struct buf into = BUF_OVER(room);
	struct err e = { 0 };
	int ends[2];

	(void)state;
	open_pair(ends);
	assert_int_equal(dial_read(ends[0], &into, deadline_in(SHORT), &e),
	                 NET_FAILED);
	assert_int_equal(e.code, ERR_DEADLINE);
	close(ends[0]);
	close(ends[1]);
}

static void a_reset_is_no_end(void **state)
{
	static const struct peer_turn turn = { .end = PEER_RESETS,
		                               .deaf = true };
	uint8_t room[4];
	struct buf into = BUF_OVER(room);
	struct err e = { 0 };
	struct peer peer;
	struct url u;

	(void)state;
	peer_start(&peer, &turn, 1);
	u = url_of(false, "127.0.0.1", peer.port);
	assert_true(dial_connect(&dial, &u, deadline_in(LONG), &e));
	assert_int_equal(dial_read(dial.fd, &into, deadline_in(LONG), &e),
	                 NET_FAILED);
	assert_int_equal(e.code, ERR_RECEIVE);
	assert_span("detail", detail_of(&e),
	            SPAN("receive: Connection reset by peer"));
	close(dial.fd);
	peer_stop(&peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_told_from_names),
		cmocka_unit_test(plain_http_is_for_loopback),
		cmocka_unit_test(a_connection_is_as_promised),
		cmocka_unit_test(nobody_there_is_told_with_the_reason),
		cmocka_unit_test(the_next_address_is_tried),
		cmocka_unit_test(connecting_ends_with_the_deadline),
		cmocka_unit_test(resolving_ends_with_the_deadline),
		cmocka_unit_test(a_system_that_is_full_is_told),
		cmocka_unit_test(all_is_sent_however_slowly_it_goes),
		cmocka_unit_test(sending_ends_with_the_deadline),
		cmocka_unit_test(sending_to_nobody_fails),
		cmocka_unit_test(what_is_there_is_received),
		cmocka_unit_test(receiving_ends_with_the_deadline),
		cmocka_unit_test(a_reset_is_no_end),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("net/dial", tests, NULL, NULL);
}
