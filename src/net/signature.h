/* SPDX-License-Identifier: MIT */
/* Who has signed a certificate, by mbedTLS. */
#ifndef NET_SIGNATURE_H
#define NET_SIGNATURE_H

#include "wire/certificate.h"

/*
 * Whether one of the keys (SubjectPublicKeyInfo, whole) has signed the
 * certificate: *which. Keys and signature are of accepted kinds, by
 * wire/algorithm; a key that is none after all has signed nothing.
 */
bool signature_find_signer(const struct certificate *c, const struct span *keys,
                           size_t count, size_t *which);

#endif
