/* SPDX-License-Identifier: MIT */
/* A call of the LangSmith API: an operation, and the attempts that it gets. */
#include "langsmith/call.h"

#include <string.h>

#include "base/fmt.h"
#include "langsmith/redact.h"
#include "net/random.h"

#define API_PATH "/api/v1/orgs/current/"
#define OPERATION_MAX 96 /* bytes of the path behind that */
#define BACKOFF_FIRST 500 /* milliseconds; doubles with each attempt */

enum part { PART_METHOD, PART_BEFORE, PART_BEHIND, PARTS };

static const char *part_of(enum call_operation operation, enum part part)
{
#define X(operation, method, before, behind) method "\0" before "\0" behind "\0"
	return span_nth(CALL_OPERATIONS(X), operation * PARTS + part);
#undef X
}

struct span api_secret(const struct api_identity *who)
{
	return (struct span){ who->secret, who->secret_len };
}

static void put_scope_field(struct buf *out, const char *name,
                            const struct api_scope *scope)
{
	if (!scope->given)
		return;
	fmt_put(out, "%s: ", name);
	uuid_put(out, &scope->id);
	buf_text(out, "\r\n");
}

static void put_target_line(struct buf *out, const struct call *c)
{
	BUF_ON_STACK(target, URL_PREFIX_MAX + sizeof(API_PATH) + OPERATION_MAX);

	buf_span(&target, url_prefix(c->api->client.server));
	fmt_put(&target, API_PATH "%s", part_of(c->operation, PART_BEFORE));
	if (c->id != NULL)
		uuid_put(&target, c->id);
	buf_text(&target, part_of(c->operation, PART_BEHIND));
	if (target.failed)
		out->failed = true;
	http_put_line(out, part_of(c->operation, PART_METHOD),
	              buf_written(&target));
}

/* Writes the request into a->request; it holds the secret. */
static struct span build_request(struct call *c)
{
	const struct api_identity *who = &c->api->settings->identity;
	const struct span secret = api_secret(who);
	struct buf out = BUF_OVER(c->api->request);
	BUF_ON_STACK(host, URL_HOST_MAX + 9);

	url_put_authority(&host, c->api->client.server);
	put_target_line(&out, c);
	http_put_field(&out, "Host", buf_written(&host));
	http_put_field(&out, "User-Agent",
	               span_of(c->api->settings->user_agent));
	http_put_field(&out, "Accept", SPAN("application/json"));
	http_put_field(&out, "Accept-Encoding", SPAN("identity"));
	if (c->key.len > 0 || !who->bearer)
		http_put_field(&out, "X-API-Key",
		               c->key.len > 0 ? c->key : secret);
	else
		fmt_put(&out, "Authorization: Bearer %.*s\r\n",
		        FMT_SPAN(secret));
	put_scope_field(&out, "X-Organization-Id", &who->organization);
	/* Another key may be one that is not for this key's workspace. */
	if (c->key.len == 0 || secret.len == 0 || span_equal(c->key, secret))
		put_scope_field(&out, "X-Tenant-Id", &who->workspace);
	/* RFC 9110 section 8.6: of a POST the length is said, even if it is 0. */
	if (strcmp(part_of(c->operation, PART_METHOD), "POST") == 0)
		http_put_field(&out, "Content-Length", SPAN("0"));
	buf_span(&out, c->api->settings->headers);
	http_put_end(&out);
	if (out.failed || !http_is_value(secret))
		err_set(&c->err, ERR_REQUEST, NULL);
	return buf_written(&out);
}

void call_set_status(struct call *c, enum err_code code)
{
	const struct http_response *r = &c->x.response;
	const char *retry = r->retry_wanted     ? ", asks to be tried again"
	                    : r->retry_unwanted ? ", asks not to be tried again"
	                                        : "";

	const int64_t expired = c->api->settings->identity.expired;
	BUF_ON_STACK(when, 24);

	c->err = (struct err){ 0 };
	fmt_time(&when, expired);
	if (code == ERR_FORBIDDEN && expired != 0 && c->key.len == 0)
		err_format(&c->err, ERR_LOGIN, "%.*s, HTTP status %u",
		           FMT_SPAN(buf_written(&when)), r->status);
	if (r->has_retry_after)
		err_format(&c->err, code, "HTTP status %u, asks to wait %u s%s",
		           r->status, r->retry_after, retry);
	err_format(&c->err, code, "HTTP status %u%s", r->status, retry);
}

enum err_code call_status_err(unsigned status)
{
	if (status < 400)
		return ERR_REDIRECT;
	if (status == 401 || status == 403)
		return ERR_FORBIDDEN;
	if (status == 404)
		return ERR_MISSING;
	if (status == 409)
		return ERR_CONFLICT;
	if (status == 429)
		return ERR_RATE;
	/* What a server says so may be said after the deletion was done. */
	return status == 408 || status >= 500 ? ERR_SERVER : ERR_REFUSED;
}

bool call_err_may_pass(enum err_code code)
{
	return code == ERR_LOOKUP || code == ERR_CONNECT || code == ERR_PROXY ||
	       code == ERR_SEND || code == ERR_TLS_BROKEN ||
	       code == ERR_RECEIVE || code == ERR_HTTP || code == ERR_SYSTEM;
}

void call_begin(struct call *c, struct api *a, enum call_operation operation,
                struct deadline d)
{
	*c = (struct call){ .api = a, .operation = operation, .key = a->key };
	c->x.deadline = d;
	c->x.take = call_take;
	c->x.context = c;
}

bool call_take(void *call, struct span content, struct err *e)
{
	struct call *c = call;

	buf_span(&c->body, content);
	return !c->body.failed || err_set(e, ERR_BODY_LONG, NULL);
}

/* What a 429 asks for concerns all that is sent to that server. */
static void note_pause(const struct call *c)
{
	const struct http_response *r = &c->x.response;
	int64_t seconds = PAUSE_MAX;

	if (call_status(c) != 429 || !r->has_retry_after)
		return;
	if (r->retry_after < PAUSE_MAX)
		seconds = r->retry_after;
	c->api->resume[c->api->region] = deadline_in(seconds * 1000).at;
}

void call_send(struct call *c)
{
	struct api *a = c->api;
	unsigned status;

	c->err = (struct err){ 0 };
	c->body = BUF_OVER(a->body);
	c->count++;
	c->x.progress = EXCHANGE_UNSENT;
	c->x.request = build_request(c);
	if (c->err.code == ERR_NONE)
		client_exchange(&a->client, &c->x, &c->err);
	explicit_bzero(a->request, c->x.request.len);
	note_pause(c);
	status = call_status(c);
	c->may_pass = status == 0 ? call_err_may_pass(c->err.code)
	                          : !c->x.response.retry_unwanted &&
	                                    (status == 408 || status == 425 ||
	                                     status == 429 || status == 500 ||
	                                     (status >= 502 && status <= 504));
}

void call_redact(const struct call *c, uint8_t *text, size_t len)
{
	struct span rest = c->api->settings->headers, value, name;

	redact(text, len, api_secret(&c->api->settings->identity));
	if (c->key.len > 0)
		redact(text, len, c->key);
	while (span_cut(&rest, '\r', &value) && rest.len > 0) {
		span_cut(&value, ' ', &name); /* and the colon */
		redact(text, len, value);
	}
}

unsigned call_status(const struct call *c)
{
	return c->x.progress >= EXCHANGE_ANSWERED ? c->x.response.status : 0;
}

struct span call_body(const struct call *c)
{
	if (call_status(c) == 0 || c->x.response.encoded)
		return SPAN("");
	return buf_written(&c->body);
}

/* Half a second, doubled with each attempt, and up to a quarter more. */
static int64_t backoff(unsigned attempts)
{
	int64_t pause = BACKOFF_FIRST << (attempts < 10 ? attempts - 1 : 9);
	uint8_t random = 0;

	/* Without random numbers it is as well not to be random. */
	(void)random_fill(&random, sizeof(random), (struct deadline){ 0 },
	                  &(struct err){ 0 });
	return pause + pause * random / 1024;
}

bool call_again(const struct call *c)
{
	int64_t pause;

	if (!c->may_pass || c->count > c->api->settings->retries)
		return false;
	pause = backoff(c->count);
	if (call_status(c) != 0 && c->x.response.has_retry_after)
		pause = (int64_t)c->x.response.retry_after * 1000;
	return pause < deadline_left(c->x.deadline) &&
	       wait_pause(pause, &(struct err){ 0 });
}
