/* SPDX-License-Identifier: MIT */
/* One request, one response, over a connection that is kept for the next. */
#include "net/client.h"

#include <string.h>
#include <unistd.h>

#include "base/fmt.h"

/* --- What happens, for --verbose --- */

static void say(const struct client *c, const char *text, struct span more)
{
	BUF_ON_STACK(line, 512);

	if (c->say == NULL)
		return;
	buf_text(&line, text);
	fmt_printable(&line, more);
	c->say(c->say_context, buf_written(&line));
}

static void say_status(const struct client *c, const struct http_response *r)
{
	BUF_ON_STACK(line, 20);

	fmt_uint(&line, r->status);
	say(c, "< HTTP status ", buf_written(&line));
}

static void say_connected(const struct client *c)
{
	BUF_ON_STACK(line, URL_HOST_MAX + 80);

	url_put_authority(&line, c->server);
	if (c->server->secure) {
		buf_text(&line, ", ");
		tls_describe(c->tls, &line);
	}
	say(c, "* connected to ", buf_written(&line));
	if (!c->server->secure)
		return;
	say(c, "* verified by ",
	    (struct span){ c->verify->voucher, c->verify->voucher_len });
	say(c, "* which is in ", span_of(c->verify->store.name));
}

/* --- The connection --- */

void client_init(struct client *c, const struct url *server,
                 struct verify *verify)
{
	c->server = server;
	c->verify = verify;
	c->route = NULL;
	c->proxy = NULL;
	c->say = NULL;
	c->tls = NULL;
	c->open = false;
}

void client_end(struct client *c)
{
	if (c->open && c->tls != NULL)
		tls_close(c->tls);
	explicit_bzero(c->in, c->used);
	c->used = 0;
}

void client_close(struct client *c)
{
	if (!c->open)
		return;
	client_end(c);
	close(c->dial.fd);
	c->open = false;
}

static bool secure(struct client *c, struct deadline d, struct err *e)
{
	bool done;

	if (c->tls == NULL)
		c->tls = tls_setup(c->verify, d, e);
	if (c->tls == NULL)
		return false;
	verify_expect(c->verify, c->server->host, d, e);
	done = tls_connect(c->tls, c->dial.fd, d, e);
	/* It may be the reason why it has failed, too. */
	if (c->verify->store.unreadable > 0)
		say(c, "* there are certificates that cannot be read in ",
		    span_of(c->verify->store.name));
	return done;
}

static bool connect_to_proxy(struct client *c, struct deadline d, struct err *e)
{
	uint8_t bytes[URL_HOST_MAX + 80];
	struct buf name = BUF_OVER(bytes);

	if (!dial_connect(&c->dial, &c->proxy->at, d, e)) {
		/* Not a signal or a missed deadline, which are nobody's. */
		if (e->code == ERR_NO_NAME || e->code == ERR_LOOKUP ||
		    e->code == ERR_CONNECT)
			err_wrap(e, ERR_PROXY);
		return false;
	}
	url_put_authority(&name, &c->proxy->at);
	say(c, "* connected to the proxy ", buf_written(&name));
	return true;
}

/* By whatever way; what is verified is the server, whom it leads to. */
static bool reach_server(struct client *c, struct deadline d, struct err *e)
{
	struct url peer = *c->server;

	c->dial.route = c->route;
	if (c->route != NULL)
		route_find_peer(c->route, c->server, &peer);
	if (c->proxy == NULL || proxy_is_bypassed(c->proxy->bypass, c->server))
		return dial_connect(&c->dial, &peer, d, e);
	if (!connect_to_proxy(c, d, e))
		return false;
	if (proxy_tunnel(c->proxy, c->dial.fd, &peer, d, e))
		return true;
	close(c->dial.fd);
	return false;
}

static bool connect_to_server(struct client *c, struct deadline d,
                              struct err *e)
{
	if (!reach_server(c, d, e))
		return false;
	c->open = true;
	if (c->server->secure && !secure(c, d, e)) {
		client_close(c);
		return false;
	}
	say_connected(c);
	return true;
}

/*
 * A server that is silent between requests has nothing to say but that it
 * ends the connection; a request into that would be lost for sure.
 */
static bool drop_ended(struct client *c, struct err *e)
{
	struct pollfd file = { .fd = c->dial.fd, .events = POLLIN };

	if (!wait_look(&file, 1, e))
		return false;
	if (file.revents != 0 || (c->tls != NULL && !tls_is_quiet(c->tls)))
		client_close(c);
	return true;
}

/* A connection, time left, and no signal that asks not to send anything. */
static bool prepare(struct client *c, struct deadline d, struct err *e)
{
	if (c->open && !drop_ended(c, e))
		return false;
	if (!c->open && (!connect_to_server(c, d, e) || !wait_look(NULL, 0, e)))
		return false;
	return wait_not_over(deadline_for(d, "preparing the request"), e);
}

/* --- The exchange --- */

static bool send_request(struct client *c, const struct exchange *x,
                         struct err *e)
{
	struct deadline d = deadline_for(x->deadline, "sending the request");

	if (c->server->secure)
		return tls_write(c->tls, x->request, d, e);
	return dial_write(c->dial.fd, x->request, d, e);
}

static enum net_input receive(struct client *c, struct buf *into,
                              struct deadline d, struct err *e)
{
	if (c->server->secure)
		return tls_read(c->tls, into, d, e);
	return dial_read(c->dial.fd, into, d, e);
}

/* Feeds what came to the parser, and hands over what it finds. */
static enum http_verdict take(struct exchange *x, struct span *in,
                              struct err *e)
{
	enum http_verdict verdict = HTTP_MORE;
	struct span content;

	while (in->len > 0 && verdict == HTTP_MORE) {
		verdict = http_feed(&x->response, in, &content);
		if (content.len > 0 && !x->take(x->context, content, e))
			return HTTP_BAD;
	}
	return verdict;
}

static enum http_verdict receive_response(struct client *c, struct exchange *x,
                                          struct err *e)
{
	struct deadline d = deadline_for(x->deadline, "waiting for the answer");
	enum http_verdict verdict = HTTP_MORE;

	while (verdict == HTTP_MORE) {
		struct buf in = BUF_OVER(c->in);
		enum net_input input = receive(c, &in, d, e);
		struct span rest = buf_written(&in);
		bool had_head = x->response.head_done;

		if (in.len > c->used)
			c->used = in.len;
		if (input == NET_FAILED)
			return HTTP_BAD;
		verdict = input == NET_END ? http_end(&x->response)
		                           : take(x, &rest, e);
		if (!had_head && x->response.head_done)
			say_status(c, &x->response);
		/* What follows a response belongs to none that was asked. */
		if (rest.len > 0)
			x->response.persistent = false;
	}
	if (verdict == HTTP_BAD && e->code == ERR_NONE)
		err_set(e, ERR_HTTP, x->response.why);
	return verdict;
}

bool client_exchange(struct client *c, struct exchange *x, struct err *e)
{
	x->progress = EXCHANGE_UNSENT;
	http_response_init(&x->response);
	if (!prepare(c, x->deadline, e))
		return false;
	if (send_request(c, x, e)) {
		bool whole = receive_response(c, x, e) == HTTP_DONE;

		x->progress = whole                   ? EXCHANGE_WHOLE
		              : x->response.head_done ? EXCHANGE_ANSWERED
		                                      : EXCHANGE_SENT;
	}
	if (x->progress < EXCHANGE_WHOLE || !x->response.persistent)
		client_close(c);
	return x->progress == EXCHANGE_WHOLE;
}
