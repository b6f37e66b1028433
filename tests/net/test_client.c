/* SPDX-License-Identifier: MIT */
/* Tests of net/client: one request, one response, over plain HTTP. */
/* links: tests/net/peer.c */
#include "net/client.h"

#include <stdio.h>
#include <unistd.h>

#include "net/peer.h"

#define LONG 5000 /* ms */
#define OK "HTTP/1.1 200 OK\r\n"
#define REQUEST "DELETE / HTTP/1.1\r\n\r\n"

static struct client client;
static struct verify verify; /* of no use without TLS */
static struct url server;
static uint8_t body_room[64];
static struct buf body;

static uint8_t said_room[4096];
static struct buf said;

static void note(void *context, struct span line)
{
	buf_span(context, line);
	buf_byte(context, '\n');
}

static void begin(uint16_t port)
{
	memset(&server, 0, sizeof(server));
	memcpy(server.host, "127.0.0.1", sizeof("127.0.0.1"));
	server.port = port;
	client_init(&client, &server, &verify);
}

static bool take(void *context, struct span content, struct err *e)
{
	struct buf *into = context;

	buf_span(into, content);
	return !into->failed || err_set(e, ERR_BODY_LONG, NULL);
}

static bool exchange(struct exchange *x, struct span request, int64_t timeout,
                     struct err *e)
{
	body = (struct buf){ .at = body_room, .cap = sizeof(body_room) };
	*x = (struct exchange){ .request = request,
		                .take = take,
		                .context = &body };
	x->deadline = deadline_in(timeout);
	*e = (struct err){ 0 };
	return client_exchange(&client, x, e);
}

static bool detail_has(const struct err *e, const char *text)
{
	return memmem(e->detail, e->detail_len, text, strlen(text)) != NULL;
}

/* --- One exchange --- */

static const struct row {
	const char *label;
	struct peer_turn turn;
	enum err_code code; /* ERR_NONE: it is whole */
	const char *body; /* of which so much has come, or NULL for any */
	unsigned status; /* 0: not answered */
	bool kept;
} rows[] = {
	{ "with a length",
	  { .say = OK "Content-Length: 5\r\n\r\nhello" },
	  ERR_NONE,
	  "hello",
	  200,
	  true },
	{ "in chunks",
	  { .say = OK "Transfer-Encoding: chunked\r\n\r\n"
	              "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n" },
	  ERR_NONE,
	  "hello",
	  200,
	  true },
	{ "up to the end of the connection",
	  { .say = OK "\r\nhello", .end = PEER_CLOSES },
	  ERR_NONE,
	  "hello",
	  200,
	  false },
	{ "without a body",
	  { .say = "HTTP/1.1 204 No Content\r\n\r\n" },
	  ERR_NONE,
	  "",
	  204,
	  true },
	{ "interim answers first",
	  { .say = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 E\r\nA: b\r\n\r\n"
	           "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" },
	  ERR_NONE,
	  "",
	  404,
	  true },
	{ "Connection: close",
	  { .say = OK "Connection: close\r\nContent-Length: 1\r\n\r\nx" },
	  ERR_NONE,
	  "x",
	  200,
	  false },
	{ "HTTP/1.0",
	  { .say = "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx" },
	  ERR_NONE,
	  "x",
	  200,
	  false },
	{ "bytes behind the end",
	  { .say = OK "Content-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n" },
	  ERR_NONE,
	  "x",
	  200,
	  false },
	{ "torn in the body",
	  { .say = OK "Content-Length: 9\r\n\r\nhello", .end = PEER_CLOSES },
	  ERR_HTTP,
	  "hello",
	  200,
	  false },
	{ "torn in a chunk",
	  { .say = OK "Transfer-Encoding: chunked\r\n\r\n9\r\nhello",
	    .end = PEER_CLOSES },
	  ERR_HTTP,
	  "hello",
	  200,
	  false },
	{ "reset in the body",
	  { .say = OK "Content-Length: 9\r\n\r\nhello", .end = PEER_RESETS },
	  ERR_RECEIVE,
	  NULL,
	  200,
	  false },
	{ "torn in the head",
	  { .say = OK "Content-Le", .end = PEER_CLOSES },
	  ERR_HTTP,
	  "",
	  0,
	  false },
	{ "no answer", { .end = PEER_CLOSES }, ERR_HTTP, "", 0, false },
	{ "a reset for an answer",
	  { .end = PEER_RESETS },
	  ERR_RECEIVE,
	  "",
	  0,
	  false },
	{ "no HTTP",
	  { .say = "SSH-2.0-x\r\n", .end = PEER_HANGS },
	  ERR_HTTP,
	  "",
	  0,
	  false },
	{ "a bad chunk",
	  { .say = OK "Transfer-Encoding: chunked\r\n\r\n"
	              "2\r\nhe\r\nzz\r\n",
	    .end = PEER_HANGS },
	  ERR_HTTP,
	  "he",
	  200,
	  false },
	{ "just as long as there is room",
	  { .say = OK "Content-Length: 64\r\n\r\n", .filler = 64 },
	  ERR_NONE,
	  NULL,
	  200,
	  true },
	{ "longer than there is room",
	  { .say = OK "Content-Length: 65\r\n\r\n", .filler = 65 },
	  ERR_BODY_LONG,
	  NULL,
	  200,
	  false },
	{ "endless",
	  { .say = OK "\r\n", .filler = 100000000 },
	  ERR_BODY_LONG,
	  NULL,
	  200,
	  false },
};

static void check(const struct row *row, bool done, const struct exchange *x,
                  const struct err *e)
{
	assert_row(row->label, done == (row->code == ERR_NONE));
	assert_row(row->label, (x->progress == EXCHANGE_WHOLE) == done);
	assert_row(row->label, e->code == row->code);
	assert_row(row->label, x->progress >= EXCHANGE_SENT);
	assert_row(row->label,
	           (x->progress >= EXCHANGE_ANSWERED) == (row->status != 0));
	if (row->status != 0)
		assert_row(row->label, x->response.status == row->status);
	if (row->body != NULL)
		assert_span(row->label, buf_written(&body), span_of(row->body));
}

static void play(const struct row *row, bool bytewise)
{
	struct peer_turn turn = row->turn;
	size_t files = open_files();
	struct exchange x;
	struct peer peer;
	struct err e;
	bool done;

	turn.bytewise = bytewise;
	peer_start(&peer, &turn, 1);
	begin(peer.port);
	done = exchange(&x, SPAN(REQUEST), LONG, &e);
	check(row, done, &x, &e);
	/* Bytes behind the end may come too late to be seen. */
	if (!bytewise)
		assert_row(row->label, client.open == row->kept);
	client_close(&client);
	peer_stop(&peer);
	assert_row(row->label, open_files() == files);
	assert_row(row->label, peer.log->connections == 1);
	assert_span(row->label, peer_requests(&peer), SPAN(REQUEST));
}

static void what_comes_of_a_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		play(&rows[i], false);
		play(&rows[i], true);
	}
}

static void an_answer_that_does_not_come(void **state)
{
	static const struct {
		const char *say;
		bool answered;
	} turns[] = {
		{ NULL, false },
		{ OK, false },
		{ OK "Content-Length: 9\r\n\r\nhello", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(turns); i++) {
		const struct peer_turn turn = { .say = turns[i].say,
			                        .end = PEER_HANGS };
		struct exchange x;
		struct peer peer;
		struct err e;

		peer_start(&peer, &turn, 1);
		begin(peer.port);
		assert_false(exchange(&x, SPAN(REQUEST), 50, &e));
		assert_int_equal(e.code, ERR_DEADLINE);
		assert_true(detail_has(&e, "waiting for the answer"));
		assert_int_equal(x.progress, turns[i].answered
		                                     ? EXCHANGE_ANSWERED
		                                     : EXCHANGE_SENT);
		assert_false(client.open);
		peer_stop(&peer);
	}
}

/* --- Not sent --- */

static void nobody_there_is_not_sent(void **state)
{
	struct exchange x;
	struct err e;

	(void)state;
	begin(peer_free_port());
	assert_false(exchange(&x, SPAN(REQUEST), LONG, &e));
	assert_int_equal(e.code, ERR_CONNECT);
	assert_int_equal(x.progress, EXCHANGE_UNSENT);
	assert_false(client.open);
}

/* More than all the buffers between here and there take. */
static const uint8_t large[20000000];

static void a_request_that_does_not_leave_is_not_sent(void **state)
{
	static const struct {
		enum peer_end end;
		int64_t timeout;
		enum err_code code;
		const char *says;
	} ends[] = {
		{ PEER_SLEEPS, 200, ERR_DEADLINE, "sending the request" },
		{ PEER_RESETS, LONG, ERR_SEND, "send" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		const struct peer_turn turn = { .deaf = true,
			                        .end = ends[i].end };
		struct exchange x;
		struct peer peer;
		struct err e;

		peer_start(&peer, &turn, 1);
		begin(peer.port);
		assert_false(exchange(&x, (struct span){ large, sizeof(large) },
		                      ends[i].timeout, &e));
		assert_int_equal(e.code, ends[i].code);
		assert_true(detail_has(&e, ends[i].says));
		assert_int_equal(x.progress, EXCHANGE_UNSENT);
		assert_false(client.open);
		peer_stop(&peer);
	}
}

/* --- Several exchanges --- */

/* Waits until the server's end of the connection has arrived. */
static void await_end(void)
{
	struct err e = { 0 };

	assert_true(client.open);
	assert_true(wait_file(client.dial.fd, POLLIN, deadline_in(LONG), &e));
}

static void a_connection_is_used_again(void **state)
{
	static const struct peer_turn turns[] = {
		{ .say = OK "Content-Length: 1\r\n\r\n1" },
		{ .say = "HTTP/1.1 404 N\r\nContent-Length: 1\r\n\r\n2" },
		{ .say = OK "Connection: close\r\nContent-Length: 1\r\n\r\n3" },
		{ .say = OK "Content-Length: 1\r\n\r\n4" },
	};
	struct exchange x;
	struct peer peer;
	struct err e;

	(void)state;
	peer_start(&peer, turns, COUNT(turns));
	begin(peer.port);
	for (size_t i = 0; i < COUNT(turns); i++) {
		assert_true(exchange(&x, SPAN(REQUEST), LONG, &e));
		assert_int_equal(body.len, 1);
		assert_int_equal(body.at[0], '1' + i);
	}
	client_close(&client);
	peer_stop(&peer);
	assert_int_equal(peer.log->requests, 4);
	assert_int_equal(peer.log->connections, 2);
}

/* What is known to be closed is not written to: nothing is lost. */
static void a_server_that_has_left_gets_a_new_connection(void **state)
{
	static const struct peer_turn turns[] = {
		{ .say = OK "Content-Length: 0\r\n\r\n", .end = PEER_CLOSES },
		{ .say = OK "Content-Length: 0\r\n\r\n", .end = PEER_RESETS },
		{ .say = OK "Content-Length: 0\r\n\r\n" },
	};
	size_t files = open_files();
	struct exchange x;
	struct peer peer;
	struct err e;

	(void)state;
	peer_start(&peer, turns, COUNT(turns));
	begin(peer.port);
	assert_true(exchange(&x, SPAN(REQUEST), LONG, &e));
	await_end();
	assert_true(exchange(&x, SPAN(REQUEST), LONG, &e));
	if (client.open) /* the reset may have come along */
		await_end();
	assert_true(exchange(&x, SPAN(REQUEST), LONG, &e));
	client_close(&client);
	peer_stop(&peer);
	assert_int_equal(peer.log->requests, 3);
	assert_int_equal(peer.log->connections, 3);
	assert_int_equal(open_files(), files);
}

/* A second answer to the first request must not become the second's. */
static void what_nobody_asked_for_is_not_an_answer(void **state)
{
	static const struct peer_turn turns[] = {
		{ .say = OK "Content-Length: 0\r\n\r\n" },
		{ .say = OK "Content-Length: 1\r\n\r\n!", .deaf = true },
		{ .say = OK "Content-Length: 1\r\n\r\n2" },
	};
	struct exchange x;
	struct peer peer;
	struct err e;

	(void)state;
	peer_start(&peer, turns, COUNT(turns));
	begin(peer.port);
	assert_true(exchange(&x, SPAN(REQUEST), LONG, &e));
	if (client.open)
		await_end();
	assert_true(exchange(&x, SPAN(REQUEST), LONG, &e));
	assert_span("body", buf_written(&body), SPAN("2"));
	client_close(&client);
	peer_stop(&peer);
	assert_int_equal(peer.log->connections, 2);
}

/* --- Beside the exchange --- */

static void an_end_leaves_nothing_behind(void **state)
{
	static const struct peer_turn turn = {
		.say = OK "Content-Length: 6\r\n\r\nsecret"
	};
	struct exchange x;
	struct peer peer;
	struct err e;

	(void)state;
	peer_start(&peer, &turn, 1);
	begin(peer.port);
	client_close(&client); /* nothing to end yet */
	assert_true(exchange(&x, SPAN(REQUEST), LONG, &e));
	assert_non_null(memmem(client.in, sizeof(client.in), "secret", 6));
	client_close(&client);
	for (size_t i = 0; i < sizeof(client.in); i++)
		assert_int_equal(client.in[i], 0);
	client_close(&client);
	peer_stop(&peer);
}

static void what_happens_is_said_if_asked(void **state)
{
	static const struct peer_turn turns[] = {
		{ .say = "HTTP/1.1 100 C\r\n\r\n" OK
		         "Content-Length: 0\r\n\r\n" },
		{ .say = "HTTP/1.1 422 U\r\nContent-Length: 0\r\n\r\n" },
	};
	struct exchange x;
	struct peer peer;
	struct err e;
	char want[128];

	(void)state;
	said = BUF_OVER(said_room);
	peer_start(&peer, turns, COUNT(turns));
	begin(peer.port);
	client.say = note;
	client.say_context = &said;
	for (size_t i = 0; i < COUNT(turns); i++)
		assert_true(exchange(&x, SPAN(REQUEST), LONG, &e));
	client_close(&client);
	peer_stop(&peer);
	snprintf(want, sizeof(want),
	         "* connected to 127.0.0.1:%u\n"
	         "< HTTP status 200\n"
	         "< HTTP status 422\n",
	         peer.port);
	assert_span("said", buf_written(&said), span_of(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_of_a_request),
		cmocka_unit_test(an_answer_that_does_not_come),
		cmocka_unit_test(nobody_there_is_not_sent),
		cmocka_unit_test(a_request_that_does_not_leave_is_not_sent),
		cmocka_unit_test(a_connection_is_used_again),
		cmocka_unit_test(a_server_that_has_left_gets_a_new_connection),
		cmocka_unit_test(what_nobody_asked_for_is_not_an_answer),
		cmocka_unit_test(an_end_leaves_nothing_behind),
		cmocka_unit_test(what_happens_is_said_if_asked),
	};

	alarm(60); /* whatever happens */
	return cmocka_run_group_tests_name("net/client", tests, NULL, NULL);
}
