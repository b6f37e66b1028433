/* SPDX-License-Identifier: MIT */
/* A request to the LangSmith API, and the attempts that it gets. */
#include "langsmith/attempt.h"

#include <string.h>
#include <sys/random.h>

#include "base/fmt.h"

#define API_PATH "/api/v1/orgs/current/"
#define OPERATION_MAX 96 /* before, id and behind */
#define BACKOFF_FIRST 500 /* milliseconds; doubles with each attempt */

/* --- Requests --- */

static void
put_scope_field(struct buf *out, const char *name,
                const struct api_scope *scope)
{
	uint8_t text[UUID_TEXT];
	struct buf value = BUF_OVER(text);

	if (!scope->given)
		return;
	uuid_put(&value, &scope->id);
	http_put_field(out, name, buf_written(&value));
}

static void
put_secret_field(struct buf *out, const struct api_identity *who,
                 struct span key)
{
	const struct span secret = { who->secret, who->secret_len };

	if (key.len > 0 || !who->bearer) {
		http_put_field(out, "X-API-Key", key.len > 0 ? key : secret);
		return;
	}
	buf_text(out, "Authorization: Bearer ");
	if (!http_is_value(secret))
		out->failed = true;
	buf_span(out, secret);
	buf_text(out, "\r\n");
}

static void
put_target_line(struct buf *out, const struct url *server,
                const struct operation *asked)
{
	uint8_t text[URL_PREFIX_MAX + sizeof(API_PATH) + OPERATION_MAX];
	struct buf target = BUF_OVER(text);

	buf_span(&target, url_prefix(server));
	buf_text(&target, API_PATH);
	buf_text(&target, asked->before);
	if (asked->id != NULL)
		uuid_put(&target, asked->id);
	buf_text(&target, asked->behind);
	if (target.failed)
		out->failed = true;
	http_put_line(out, asked->method, buf_written(&target));
}

/* Writes the request into a->request; it holds the secret. */
static struct span
build_request(struct attempt *t)
{
	struct api *a = t->api;
	const struct api_identity *who = a->identity;
	struct buf out = BUF_OVER(a->request);
	uint8_t text[URL_HOST_MAX + 9];
	struct buf host = BUF_OVER(text);

	url_put_authority(&host, a->client.server);
	put_target_line(&out, a->client.server, t->asked);
	http_put_field(&out, "Host", buf_written(&host));
	http_put_field(&out, "User-Agent", span_of(a->user_agent));
	http_put_field(&out, "Accept", SPAN("application/json"));
	put_secret_field(&out, who, t->asked->key);
	put_scope_field(&out, "X-Organization-Id", &who->organization);
	/* Another key may be one that is not for this workspace. */
	if (t->asked->key.len == 0 ||
	    span_equal(t->asked->key,
	               (struct span){ who->secret, who->secret_len }))
		put_scope_field(&out, "X-Tenant-Id", &who->workspace);
	/* RFC 9110 section 8.6: of a POST the length is said, even if it is 0. */
	if (strcmp(t->asked->method, "POST") == 0)
		http_put_field(&out, "Content-Length", SPAN("0"));
	http_put_end(&out);
	if (out.failed)
		err_set(&t->err, ERR_REQUEST, SPAN(""));
	return buf_written(&out);
}

/* --- Errors --- */

void
attempt_set_status(struct attempt *t, enum err_code code)
{
	uint8_t text[64];
	struct buf detail = BUF_OVER(text);

	t->err = (struct err){ 0 };
	buf_text(&detail, "HTTP status ");
	fmt_uint(&detail, t->x.response.status);
	if (t->x.response.has_retry_after) {
		buf_text(&detail, ", asks to wait ");
		fmt_uint(&detail, t->x.response.retry_after);
		buf_text(&detail, " s");
	}
	err_set(&t->err, code, buf_written(&detail));
}

enum err_code
attempt_status_err(unsigned status)
{
	if (status < 400)
		return ERR_REDIRECT;
	if (status == 401 || status == 403)
		return ERR_FORBIDDEN;
	if (status == 404)
		return ERR_MISSING;
	if (status == 429)
		return ERR_RATE;
	/* What a server says so may be said after the deletion was done. */
	return status == 408 || status >= 500 ? ERR_SERVER : ERR_REFUSED;
}

static bool
status_may_pass(unsigned status)
{
	return status == 408 || status == 425 || status == 429 ||
	       status == 500 || (status >= 502 && status <= 504);
}

bool
attempt_err_may_pass(enum err_code code)
{
	return code == ERR_LOOKUP || code == ERR_CONNECT || code == ERR_SEND ||
	       code == ERR_TLS_BROKEN || code == ERR_RECEIVE ||
	       code == ERR_HTTP || code == ERR_SYSTEM;
}

/* --- Attempts --- */

void
attempt_begin(struct attempt *t, struct api *a, const struct operation *asked,
              struct deadline d)
{
	memset(t, 0, sizeof(*t));
	t->api = a;
	t->asked = asked;
	t->x.deadline = d;
	t->x.take = attempt_take;
}

bool
attempt_take(struct exchange *x, struct span content, struct err *e)
{
	struct attempt *t = (struct attempt *)x;

	buf_span(&t->body, content);
	return !t->body.failed || err_set(e, ERR_BODY_LONG, SPAN(""));
}

void
attempt_send(struct attempt *t)
{
	struct api *a = t->api;

	t->err = (struct err){ 0 };
	t->body = BUF_OVER(a->body);
	t->doc = (struct json){ .count = 0 };
	t->json = JSON_BAD;
	t->count++;
	t->x.request = build_request(t);
	t->x.sent = t->x.answered = t->x.whole = false;
	if (t->err.code == ERR_NONE)
		client_exchange(&a->client, &t->x, &t->err);
	explicit_bzero(a->request, sizeof(a->request));
	if (t->x.answered && !t->x.response.encoded)
		t->json = json_parse(&t->doc, buf_written(&t->body), a->tokens,
		                     JSON_TOKENS_MAX);
	t->may_pass = t->x.answered ? status_may_pass(t->x.response.status)
	                            : attempt_err_may_pass(t->err.code);
}

/* Half a second, doubled with each attempt, and up to a quarter more. */
static int64_t
backoff(unsigned attempts)
{
	int64_t pause = BACKOFF_FIRST;
	uint8_t random = 0;

	for (unsigned i = 1; i < attempts && i < 10; i++)
		pause *= 2;
	/* Without random numbers it is as well not to be random. */
	if (getrandom(&random, 1, GRND_NONBLOCK) != 1)
		random = 0;
	return pause + pause * random / 1024;
}

bool
attempt_again(const struct attempt *t)
{
	struct err stopped = { 0 };
	int64_t pause;

	if (!t->may_pass || t->count > t->api->retries)
		return false;
	pause = backoff(t->count);
	if (t->x.answered && t->x.response.has_retry_after)
		pause = (int64_t)t->x.response.retry_after * 1000;
	return pause < deadline_left(t->x.deadline) &&
	       wait_pause(pause, &stopped);
}
