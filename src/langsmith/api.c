/* SPDX-License-Identifier: MIT */
/* What the LangSmith API means: operations to requests, replies to outcomes. */
#include "langsmith/api.h"

#include <string.h>
#include <sys/random.h>

#include "base/fmt.h"

#define TOKENS_PATH "/api/v1/orgs/current/personal-access-tokens/"
#define BACKOFF_FIRST 500 /* milliseconds; doubles with each attempt */
#define RAW_TEXT_SHOWN 200 /* bytes of an answer that is no JSON */

const char *
api_outcome_name(enum api_outcome outcome)
{
	static const char *const names[] = {
#define X(outcome, name) [outcome] = name,
		API_OUTCOMES(X)
#undef X
	};

	return names[outcome];
}

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
put_secret_field(struct buf *out, const struct api_identity *who)
{
	const struct span secret = { who->secret, who->secret_len };

	if (!who->bearer) {
		http_put_field(out, "X-API-Key", secret);
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
                const struct uuid *id)
{
	uint8_t text[URL_PREFIX_MAX + sizeof(TOKENS_PATH) + UUID_TEXT];
	struct buf target = BUF_OVER(text);

	buf_span(&target, url_prefix(server));
	buf_text(&target, TOKENS_PATH);
	uuid_put(&target, id);
	http_put_line(out, "DELETE", buf_written(&target));
}

/* Writes the request into a->request; it holds the secret. */
static struct span
build_request(struct api *a, const struct uuid *id, struct err *e)
{
	const struct api_identity *who = a->identity;
	struct buf out = BUF_OVER(a->request);
	uint8_t text[URL_HOST_MAX + 9];
	struct buf host = BUF_OVER(text);

	url_put_authority(&host, a->client.server);
	put_target_line(&out, a->client.server, id);
	http_put_field(&out, "Host", buf_written(&host));
	http_put_field(&out, "User-Agent", span_of(a->user_agent));
	http_put_field(&out, "Accept", SPAN("application/json"));
	put_secret_field(&out, who);
	put_scope_field(&out, "X-Organization-Id", &who->organization);
	put_scope_field(&out, "X-Tenant-Id", &who->workspace);
	http_put_end(&out);
	if (out.failed)
		err_set(e, ERR_REQUEST, SPAN(""));
	return buf_written(&out);
}

/* --- Replies --- */

/* One attempt: what was exchanged, and what it means. */
struct attempt {
	struct exchange x;
	enum json_verdict json; /* of what came of the body */
	struct err err;
	bool may_pass; /* the failure may be gone with the next attempt */
	bool unanswered; /* the deletion may have been done all the same */
};

static void
set_status_err(struct attempt *t, enum err_code code)
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

/* The same error inside the sentence of another. */
static void
wrap_err(struct err *e, enum err_code code)
{
	uint8_t text[ERR_DETAIL_MAX + 200];
	struct buf detail = BUF_OVER(text);

	err_put_what(&detail, e);
	*e = (struct err){ 0 };
	err_set(e, code, buf_written(&detail));
}

/* Which token the body of a 200 is about. */
static enum token_identity
identify(const struct attempt *t, const struct uuid *id,
         const struct api_result *r, struct uuid *found)
{
	if (t->json == JSON_BAD || (t->x.whole && t->json == JSON_MORE))
		return TOKEN_NONE;
	return token_identify(&r->doc, t->json != JSON_DONE, id, found);
}

/* A 200 with a body, which must be the record of the token asked for. */
static void
judge_record(struct attempt *t, const struct uuid *id, struct api_result *r)
{
	uint8_t text[UUID_TEXT];
	struct buf detail = BUF_OVER(text);
	struct uuid found;

	switch (identify(t, id, r, &found)) {
	case TOKEN_NONE:
		set_status_err(t, ERR_NO_RECORD);
		return;
	case TOKEN_OTHER:
		uuid_put(&detail, &found);
		t->err = (struct err){ 0 };
		err_set(&t->err, ERR_OTHER_TOKEN, buf_written(&detail));
		return;
	default:
		break;
	}
	r->has_record = t->x.whole && t->json == JSON_DONE;
	if (!t->x.whole)
		wrap_err(&t->err, ERR_UNREAD);
	else if (!r->has_record)
		err_set(&t->err, ERR_UNREAD, SPAN("it has too many values"));
}

static void
judge_success(struct attempt *t, const struct uuid *id, struct api_result *r)
{
	const struct http_response *response = &t->x.response;

	if (response->status == 204) {
		t->err = (struct err){ 0 };
	} else if (response->status != 200) {
		set_status_err(t, ERR_SUCCESS);
	} else if (!response->json) {
		set_status_err(t, ERR_NO_RECORD);
	} else if (response->encoded) {
		t->err = (struct err){ 0 };
		err_set(&t->err, ERR_UNREAD, SPAN("it is compressed"));
	} else {
		judge_record(t, id, r);
	}
}

static bool
status_may_pass(unsigned status)
{
	return status == 408 || status == 425 || status == 429 ||
	       status == 500 || (status >= 502 && status <= 504);
}

static enum err_code
status_err(unsigned status)
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

static void
judge_answer(struct api *a, struct attempt *t, const struct uuid *id,
             struct api_result *r)
{
	const struct http_response *response = &t->x.response;

	r->http = response->status;
	t->json = JSON_BAD;
	if (!response->encoded) {
		r->body = buf_written(t->x.body);
		t->json = json_parse(&r->doc, r->body, a->tokens,
		                     JSON_TOKENS_MAX);
	}
	if (response->status < 300) {
		judge_success(t, id, r);
		return;
	}
	if (t->json != JSON_DONE)
		r->doc.count = 0;
	set_status_err(t, status_err(response->status));
	t->may_pass = status_may_pass(response->status);
	t->unanswered = t->err.code == ERR_SERVER;
}

static bool
err_may_pass(enum err_code code)
{
	return code == ERR_LOOKUP || code == ERR_CONNECT || code == ERR_SEND ||
	       code == ERR_TLS_BROKEN || code == ERR_RECEIVE ||
	       code == ERR_HTTP || code == ERR_SYSTEM;
}

/* Sends the deletion once and says what came of it. */
static void
attempt(struct api *a, struct attempt *t, const struct uuid *id,
        struct api_result *r)
{
	struct buf body = BUF_OVER(a->body);

	t->err = (struct err){ 0 };
	r->http = 0;
	r->doc = (struct json){ .count = 0 };
	r->body = (struct span){ NULL, 0 };
	r->attempts++;
	t->x.body = &body;
	t->x.request = build_request(a, id, &t->err);
	t->x.sent = t->x.answered = false;
	if (t->err.code == ERR_NONE)
		client_exchange(&a->client, &t->x, &t->err);
	explicit_bzero(a->request, sizeof(a->request));
	t->may_pass = !t->x.answered && err_may_pass(t->err.code);
	t->unanswered = t->x.sent && !t->x.answered;
	if (t->x.answered)
		judge_answer(a, t, id, r);
}

/* --- Attempts --- */

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

/*
 * Waits before the next attempt. False where there is none: it would come too
 * late, or patrm was asked to stop.
 */
static bool
wait_for_next(const struct attempt *t, unsigned attempts)
{
	struct err stopped = { 0 };
	int64_t pause = backoff(attempts);

	if (t->x.answered && t->x.response.has_retry_after)
		pause = (int64_t)t->x.response.retry_after * 1000;
	return pause < deadline_left(t->x.deadline) &&
	       wait_pause(pause, &stopped);
}

static enum api_outcome
outcome_of(const struct err *e)
{
	static const enum api_outcome by_status[] = {
		API_DELETED,   API_REFUSED,      API_INVALID,
		API_FORBIDDEN, API_MISSING,      API_UNREACHABLE,
		API_UNKNOWN,   API_RATE_LIMITED, API_DELETED_UNREAD,
	};

	return e->code == ERR_SIGNAL ? API_NOT_TRIED
	                             : by_status[err_status(e->code)];
}

/* Once a deletion got no answer, only a later yes makes it known. */
static void
conclude(const struct api *a, struct attempt *t, bool unanswered,
         struct api_result *r)
{
	int status = err_status(t->err.code);

	if (t->err.code == ERR_MISSING && a->missing_is_done) {
		r->outcome = API_MISSING;
		r->status = 0;
		return;
	}
	if (unanswered && status != 0 && status != 8) {
		if (!t->unanswered)
			wrap_err(&t->err, ERR_LOST);
		r->outcome = API_UNKNOWN;
		r->status = 6;
	} else {
		r->outcome = outcome_of(&t->err);
		r->status = status;
	}
	r->err = t->err;
}

void
api_delete(struct api *a, const struct uuid *id, struct api_result *r)
{
	struct attempt t = { .x.deadline = deadline_in(a->timeout) };
	bool unanswered = false;

	memset(r, 0, sizeof(*r));
	do {
		attempt(a, &t, id, r);
		unanswered = unanswered || t.unanswered;
	} while (t.may_pass && r->attempts <= a->retries &&
	         wait_for_next(&t, r->attempts));
	conclude(a, &t, unanswered, r);
}

/* --- What the server said --- */

struct message {
	struct buf *out;
	const struct json *doc;
	void (*put)(struct buf *out, uint32_t code_point);
};

/* Torn text may end within a character. */
static void
put_text_char(const struct message *m, uint32_t cp)
{
	m->put(m->out, cp == UTF8_INVALID ? 0xfffd : cp);
}

static void
put_value(const struct message *m, size_t value)
{
	struct span raw = json_raw(m->doc, value);
	bool string = json_is_string(m->doc, value);

	while (raw.len > 0)
		put_text_char(m,
		              string ? json_next_char(&raw) : utf8_next(&raw));
}

/* The member, if it is there and not null. */
static bool
has(const struct message *m, size_t object, const char *name, size_t *value)
{
	if (!json_is_object(m->doc, object))
		return false;
	*value = json_member(m->doc, object, name);
	return *value != JSON_NONE && !json_is_null(m->doc, *value);
}

/* ValidationError: where, what, and its type. */
static void
put_validation_error(const struct message *m, size_t error)
{
	const char *between = "";
	size_t value;

	if (has(m, error, "loc", &value) && json_is_array(m->doc, value)) {
		for (size_t i = json_element(m->doc, value, JSON_NONE);
		     i != JSON_NONE; i = json_element(m->doc, value, i)) {
			buf_text(m->out, between);
			between = ".";
			put_value(m, i);
		}
		buf_text(m->out, ": ");
	}
	if (has(m, error, "msg", &value))
		put_value(m, value);
	if (has(m, error, "type", &value)) {
		buf_text(m->out, " (");
		put_value(m, value);
		buf_byte(m->out, ')');
	}
}

static void
put_detail(const struct message *m, size_t detail)
{
	const char *between = "";
	size_t value;

	if (json_is_array(m->doc, detail)) {
		for (size_t i = json_element(m->doc, detail, JSON_NONE);
		     i != JSON_NONE; i = json_element(m->doc, detail, i)) {
			buf_text(m->out, between);
			between = "; ";
			if (has(m, i, "msg", &value))
				put_validation_error(m, i);
			else
				put_value(m, i);
		}
	} else if (has(m, detail, "error", &value) ||
	           has(m, detail, "message", &value)) {
		put_value(m, value);
	} else {
		put_value(m, detail);
	}
}

/* The first of the members that error bodies are known to have. */
static bool
put_known_member(const struct message *m)
{
	static const char *const names[] = { "message", "error_description",
		                             "error" };
	size_t value;

	if (!json_is_unambiguous(m->doc, 0))
		return false;
	if (has(m, 0, "detail", &value)) {
		put_detail(m, value);
		return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (has(m, 0, names[i], &value)) {
			put_value(m, value);
			return true;
		}
	return false;
}

/* The beginning of a web page or a line of text, on one line. */
static void
put_raw(const struct message *m, struct span raw)
{
	if (raw.len > RAW_TEXT_SHOWN)
		raw.len = RAW_TEXT_SHOWN;
	while (raw.len > 0) {
		uint32_t cp = utf8_next(&raw);

		if (cp == '\n' || cp == '\r' || cp == '\t')
			cp = ' ';
		put_text_char(m, cp);
	}
}

void
api_put_message(struct buf *out, const struct api_result *r,
                void (*put)(struct buf *out, uint32_t code_point))
{
	const struct message m = { out, &r->doc, put };
	struct span raw = span_trim(r->body, " \t\r\n");

	if (raw.len == 0)
		return;
	buf_text(out, ": ");
	if (put_known_member(&m))
		return;
	put_raw(&m, raw);
}
