/* SPDX-License-Identifier: MIT */
/* What the LangSmith API means: operations to outcomes. */
#include "langsmith/api.h"

#include <string.h>

#include "base/fmt.h"

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

/* --- Replies --- */

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
identify(const struct attempt *t, struct uuid *found)
{
	if (t->json == JSON_BAD || (t->x.whole && t->json == JSON_MORE))
		return TOKEN_NONE;
	return token_identify(&t->doc, t->json != JSON_DONE, t->asked->id,
	                      found);
}

/* A 200 with a body, which must be the record of the token asked for. */
static void
judge_record(struct attempt *t, struct api_result *r)
{
	uint8_t text[UUID_TEXT];
	struct buf detail = BUF_OVER(text);
	struct uuid found;

	switch (identify(t, &found)) {
	case TOKEN_NONE:
		attempt_set_status(t, ERR_NO_RECORD);
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
judge_success(struct attempt *t, struct api_result *r)
{
	const struct http_response *response = &t->x.response;

	if (response->status == 204) {
		t->err = (struct err){ 0 };
	} else if (response->status != 200) {
		attempt_set_status(t, ERR_SUCCESS);
	} else if (!response->json) {
		attempt_set_status(t, ERR_NO_RECORD);
	} else if (response->encoded) {
		t->err = (struct err){ 0 };
		err_set(&t->err, ERR_UNREAD, SPAN("it is compressed"));
	} else {
		judge_record(t, r);
	}
}

/* What the last attempt brought, and what it says of the token. */
static void
judge(struct attempt *t, struct api_result *r)
{
	unsigned status = t->x.response.status;

	r->attempts = t->count;
	r->has_record = false;
	r->http = t->x.answered ? status : 0;
	r->body = (struct span){ NULL, 0 };
	if (t->x.answered && !t->x.response.encoded)
		r->body = buf_written(&t->body);
	if (t->x.answered && status < 300) {
		judge_success(t, r);
	} else if (t->x.answered) {
		attempt_set_status(t, attempt_status_err(status));
		if (t->json != JSON_DONE)
			t->doc.count = 0;
	}
	r->doc = t->doc;
}

/* The deletion may have been done, and no answer says so. */
static bool
is_unanswered(const struct attempt *t)
{
	return (t->x.sent && !t->x.answered) || t->err.code == ERR_SERVER;
}

enum api_outcome
api_outcome_of(const struct err *e)
{
	static const enum api_outcome by_status[] = {
		API_DELETED,
		API_REFUSED,
		API_INVALID,
		API_FORBIDDEN,
		API_MISSING,
		API_UNREACHABLE,
		API_UNKNOWN,
		API_RATE_LIMITED,
		API_DELETED_UNREAD,
		API_DELETED,
		API_DELETED_UNVERIFIED, /* 9 is no error's */
	};

	return e->code == ERR_SIGNAL ? API_NOT_TRIED
	                             : by_status[err_status(e->code)];
}

/* Once a deletion got no answer, only a later yes makes it known. */
static void
conclude(struct attempt *t, bool unanswered, struct api_result *r)
{
	int status = err_status(t->err.code);

	if (t->err.code == ERR_MISSING && t->api->missing_is_done) {
		r->outcome = API_MISSING;
		r->status = 0;
		return;
	}
	if (unanswered && status != 0 && status != 8) {
		if (!is_unanswered(t))
			wrap_err(&t->err, ERR_LOST);
		r->outcome = API_UNKNOWN;
		r->status = 6;
	} else {
		r->outcome = api_outcome_of(&t->err);
		r->status = status;
	}
	r->err = t->err;
}

/* Nobody has said that the server has given it up. */
static bool
is_under_way(const struct attempt *t)
{
	unsigned status = t->x.answered ? t->x.response.status : 0;

	return (t->x.sent && t->err.code == ERR_DEADLINE) || status == 504 ||
	       status == 524;
}

static void
change(struct api *a, const struct operation *asked, struct api_result *r)
{
	bool unanswered = false;
	struct attempt t;

	memset(r, 0, sizeof(*r));
	attempt_begin(&t, a, asked, deadline_in(a->timeout));
	do {
		attempt_send(&t);
		judge(&t, r);
		unanswered = unanswered || is_unanswered(&t);
		r->under_way = r->under_way || is_under_way(&t);
	} while (attempt_again(&t));
	conclude(&t, unanswered, r);
}

void
api_delete(struct api *a, const struct uuid *id, struct api_result *r)
{
	const struct operation delete = { .method = "DELETE",
		                          .before = API_TOKENS "/",
		                          .id = id,
		                          .behind = "" };

	change(a, &delete, r);
}

void
api_revoke(struct api *a, const struct uuid *id, struct api_result *r)
{
	const struct operation revoke = { .method = "POST",
		                          .before = API_TOKENS "/",
		                          .id = id,
		                          .behind = "/revocation" };

	change(a, &revoke, r);
	if (r->outcome == API_DELETED || r->outcome == API_DELETED_UNREAD)
		r->outcome = API_REVOKED;
}

void
api_read_again(struct api *a, struct api_result *r)
{
	if (json_parse(&r->doc, r->body, a->tokens, JSON_TOKENS_MAX) !=
	    JSON_DONE)
		r->doc.count = 0;
}

/* --- Keys --- */

/* How long the list is does not matter. */
static bool
pass_over(struct exchange *x, struct span content, struct err *e)
{
	(void)x, (void)content, (void)e;
	return true;
}

enum api_key_state
api_try_key(struct api *a, struct span key, struct deadline d)
{
	const struct operation list = {
		.method = "GET", .before = API_TOKENS, .behind = "", .key = key
	};
	struct attempt t;
	unsigned status;

	attempt_begin(&t, a, &list, d);
	t.x.take = pass_over;
	attempt_send(&t);
	status = t.x.answered ? t.x.response.status : 0;
	if (status == 401 || status == 403)
		return API_KEY_REFUSED;
	return status == 200 ? API_KEY_WORKS : API_KEY_UNSAID;
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
