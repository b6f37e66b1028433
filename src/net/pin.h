/* SPDX-License-Identifier: MIT */
/* Pinned keys: a server's must be one of them. */
#ifndef NET_PIN_H
#define NET_PIN_H

#include "base/err.h"

/* The SHA-256 hash of a SubjectPublicKeyInfo. */
struct pin {
	uint8_t hash[32];
};

/* Those that are accepted; none: all keys are. */
struct pin_list {
	size_t count;
	struct pin pins[PINS_MAX];
};

/* Adds a pin as curl spells it: sha256//BASE64. ERR_PIN_FORM. */
bool pin_add(struct pin_list *list, struct span text, struct err *e);

/* Whether the key (SubjectPublicKeyInfo, whole) is accepted. ERR_CERT_PIN. */
bool pin_check(const struct pin_list *list, struct span key, struct err *e);

#endif
