/* SPDX-License-Identifier: MIT */
/* Pinned keys: a server's must be one of them. */
#include "net/pin.h"

#include <psa/crypto.h>
#include <string.h>

#include "wire/pem.h"

#define PREFIX "sha256//"

bool pin_add(struct pin_list *list, struct span text, struct err *e)
{
	const struct span prefix = SPAN(PREFIX);
	struct buf hash = BUF_OVER(list->pins[list->count].hash);

	/* 44 characters are 32 bytes: there is no room for blanks. */
	if (text.len == prefix.len + 44 &&
	    span_equal((struct span){ text.at, prefix.len }, prefix) &&
	    pem_take_base64(&hash, span_skip(text, prefix.len)) &&
	    hash.len == hash.cap) {
		list->count++;
		return true;
	}
	return err_set_span(e, ERR_PIN_FORM, text);
}

bool pin_check(const struct pin_list *list, struct span key, struct err *e)
{
	BUF_ON_STACK(seen, 64);
	struct pin pin;
	size_t len;

	if (list->count == 0)
		return true;
	if (psa_hash_compute(PSA_ALG_SHA_256, key.at, key.len, pin.hash,
	                     sizeof(pin.hash), &len) != PSA_SUCCESS)
		return err_set(e, ERR_TLS_MEMORY, NULL);
	for (size_t i = 0; i < list->count; i++)
		if (memcmp(pin.hash, list->pins[i].hash, sizeof(pin.hash)) == 0)
			return true;
	buf_text(&seen, PREFIX);
	pem_put_base64(&seen, (struct span){ pin.hash, sizeof(pin.hash) });
	return err_set_span(e, ERR_CERT_PIN, buf_written(&seen));
}
