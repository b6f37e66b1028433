/* SPDX-License-Identifier: MIT */
/* Whether a key has signed a certificate, by mbedTLS. */
#ifndef NET_SIGNATURE_H
#define NET_SIGNATURE_H

#include "wire/certificate.h"

/*
 * Whether the key (SubjectPublicKeyInfo, whole) has signed the certificate. Key
 * and signature are of accepted kinds, by wire/algorithm; a key that is none
 * after all has signed nothing.
 */
bool signature_is_by(const struct certificate *c, struct span key);

#endif
