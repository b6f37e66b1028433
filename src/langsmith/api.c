/* SPDX-License-Identifier: MIT */
/* What the LangSmith API means: operations to results. */
#include "langsmith/api.h"

#include "base/fmt.h"
#include "langsmith/key.h"

#define RAW_TEXT_SHOWN 200 /* bytes of an answer that is no JSON */

/* A 200 with a body, which must be the record of the token asked for. */
static void read_record(struct call *c, struct result *r)
{
	bool whole = c->x.progress == EXCHANGE_WHOLE;
	enum token_identity identity = TOKEN_NONE;
	BUF_ON_STACK(detail, UUID_TEXT);
	struct uuid found;
	struct json doc;
	enum json_verdict json =
		json_parse(&doc, call_body(c), c->api->tokens, JSON_TOKENS_MAX);

	if (json != JSON_BAD && !(whole && json == JSON_MORE))
		identity =
			token_identify(&doc, json != JSON_DONE, c->id, &found);
	if (identity == TOKEN_NONE) {
		call_set_status(c, ERR_NO_RECORD);
	} else if (identity == TOKEN_OTHER) {
		uuid_put(&detail, &found);
		call_redact(c, detail.at, detail.len);
		c->err = (struct err){ 0 };
		err_set_span(&c->err, ERR_OTHER_TOKEN, buf_written(&detail));
	} else if (!whole) {
		err_wrap(&c->err, ERR_UNREAD);
	} else if (json != JSON_DONE) {
		err_set(&c->err, ERR_UNREAD, "it has too many values");
	} else {
		r->has_record = true;
	}
}

static void read_success(struct call *c, struct result *r)
{
	const struct http_response *response = &c->x.response;

	if (response->status == 204) {
		c->err = (struct err){ 0 };
	} else if (response->status != 200) {
		call_set_status(c, ERR_SUCCESS);
	} else if (!response->json) {
		call_set_status(c, ERR_NO_RECORD);
	} else if (response->encoded) {
		c->err = (struct err){ 0 };
		err_set(&c->err, ERR_UNREAD, "it is compressed");
	} else {
		read_record(c, r);
	}
}

/* The deletion may have been done, and no answer says so. */
static bool is_unanswered(const struct call *c)
{
	return c->x.progress == EXCHANGE_SENT || c->err.code == ERR_SERVER;
}

/* What the last attempt brought, and what it says of the token. */
static void read_reply(struct call *c, struct result *r)
{
	r->attempts = c->count;
	r->has_record = false;
	r->http = call_status(c);
	r->body = call_body(c);
	if (r->http >= 300)
		call_set_status(c, call_status_err(r->http));
	else if (r->http != 0)
		read_success(c, r);
	call_redact(c, c->body.at, c->body.len);
	r->unanswered = r->unanswered || is_unanswered(c);
}

/* Once a deletion got no answer, only a later yes makes it known. */
static void conclude(struct call *c, enum verb verb, struct result *r)
{
	enum exit_status status = err_status(c->err.code);

	if (c->err.code == ERR_MISSING && c->api->settings->missing_is_done) {
		result_set(r, OUTCOME_MISSING, EXIT_DONE, NULL);
		return;
	}
	/* Whatever the error is: nothing has left. */
	if (status == EXIT_UNKNOWN && c->x.progress == EXCHANGE_UNSENT)
		status = EXIT_UNREACHED;
	if (r->unanswered && status != EXIT_DONE && status != EXIT_UNREAD) {
		if (!is_unanswered(c))
			err_wrap(&c->err, ERR_LOST);
		status = EXIT_UNKNOWN;
	}
	result_end(r, verb, status, &c->err);
}

void api_pause(const struct api *a)
{
	const struct deadline resume = { .at = a->resume[a->region] };

	if (deadline_left(resume) > 0)
		(void)wait_pause(deadline_left(resume), &(struct err){ 0 });
}

void api_change(struct api *a, enum call_operation how, const struct uuid *id,
                struct result *r)
{
	struct call c;

	*r = (struct result){ 0 };
	call_begin(&c, a, how, deadline_in(a->settings->timeout));
	c.id = id;
	do {
		call_send(&c);
		read_reply(&c, r);
	} while (call_again(&c));
	conclude(&c, how == CALL_REVOKE ? VERB_REVOKE : VERB_DELETE, r);
}

/* How long the list is does not matter. */
static bool pass_over(void *unused, struct span content, struct err *e)
{
	(void)unused, (void)content, (void)e;
	return true;
}

bool api_refuses_key(struct api *a, struct span key, struct deadline d)
{
	struct call c;

	call_begin(&c, a,
	           key_is_of_service(key, false) ? CALL_LIST_SERVICE
	                                         : CALL_LIST_OWN,
	           d);
	c.key = key;
	c.x.take = pass_over;
	call_send(&c);
	return call_status(&c) == 401 || call_status(&c) == 403;
}

struct message {
	struct buf *out;
	const struct json *doc;
	void (*put)(struct buf *out, uint32_t code_point);
};

/* What stands in a JSON string, or other text, which goes on one line. */
static void put_chars(const struct message *m, struct span raw, bool string)
{
	while (raw.len > 0) {
		uint32_t cp = string ? json_next_char(&raw) : utf8_next(&raw);

		if (!string && (cp == '\n' || cp == '\r' || cp == '\t'))
			cp = ' ';
		/* Torn text may end within a character. */
		m->put(m->out, cp == UTF8_INVALID ? 0xfffd : cp);
	}
}

static void put_value(const struct message *m, size_t value)
{
	put_chars(m, json_raw(m->doc, value), json_is_string(m->doc, value));
}

/* ValidationError: where, what, and its type. */
static void put_validation_error(const struct message *m, size_t error)
{
	const char *between = "";
	size_t value, i = JSON_NONE;

	if (json_has(m->doc, error, "loc", &value) &&
	    json_is_array(m->doc, value)) {
		while ((i = json_element(m->doc, value, i)) != JSON_NONE) {
			buf_text(m->out, between);
			between = ".";
			put_value(m, i);
		}
		buf_text(m->out, ": ");
	}
	if (json_has(m->doc, error, "msg", &value))
		put_value(m, value);
	if (json_has(m->doc, error, "type", &value)) {
		buf_text(m->out, " (");
		put_value(m, value);
		buf_byte(m->out, ')');
	}
}

static void put_detail(const struct message *m, size_t detail)
{
	const char *between = "";
	size_t value, i = JSON_NONE;

	if (json_is_array(m->doc, detail)) {
		while ((i = json_element(m->doc, detail, i)) != JSON_NONE) {
			buf_text(m->out, between);
			between = "; ";
			if (json_has(m->doc, i, "msg", &value))
				put_validation_error(m, i);
			else
				put_value(m, i);
		}
	} else if (json_has(m->doc, detail, "error", &value) ||
	           json_has(m->doc, detail, "message", &value)) {
		put_value(m, value);
	} else {
		put_value(m, detail);
	}
}

/* The first of the members that error bodies are known to have. */
static bool put_known_member(const struct message *m)
{
	static const char *const names[] = { "detail", "message",
		                             "error_description", "error" };
	size_t value, i = 0;

	if (!json_is_unambiguous(m->doc, 0))
		return false;
	while (i < 4 && !json_has(m->doc, 0, names[i], &value))
		i++;
	if (i < 4)
		put_detail(m, value);
	return i < 4;
}

void api_put_message(struct buf *out, struct span body, jsmntok_t *tokens,
                     void (*put)(struct buf *out, uint32_t code_point))
{
	struct json doc;
	const struct message m = { out, &doc, put };
	struct span raw = span_trim(body, " \t\r\n");
	enum json_verdict json =
		json_parse(&doc, body, tokens, JSON_TOKENS_MAX);

	if (raw.len == 0)
		return;
	buf_text(out, ": ");
	if (json == JSON_DONE && put_known_member(&m))
		return;
	/* The beginning of a web page or a line of text. */
	if (raw.len > RAW_TEXT_SHOWN)
		raw.len = RAW_TEXT_SHOWN;
	put_chars(&m, raw, false);
}
