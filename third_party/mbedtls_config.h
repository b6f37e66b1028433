/* SPDX-License-Identifier: MIT */
/* What patrm takes of mbedTLS 3.6: a verifying TLS client, and no more.
 *
 * src/net supplies what is left out here: mbedtls_psa_external_get_random(), and
 * all of X.509 but the types (see net/tls.c).
 * Sizes are bytes of the stripped x86-64 file, instructions (callgrind) those
 * of one TLS 1.3 GET with three P-256 certificates; README.md has the table.
 */
#ifndef PATRM_MBEDTLS_CONFIG_H
#define PATRM_MBEDTLS_CONFIG_H

#include <stdint.h>

/* --- Surroundings --- */

/* Memory from one static arena; no malloc, no stdio, nothing by default. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#include <stddef.h>
void *arena_calloc(size_t count, size_t size);
void arena_free(void *memory);
#define MBEDTLS_PLATFORM_CALLOC_MACRO arena_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO arena_free
/* For texts that patrm never asks for: the linker leaves them out. */
#define MBEDTLS_PLATFORM_SNPRINTF_MACRO snprintf

/* Texts about certificates are patrm's own, and made printable. */
#define MBEDTLS_X509_REMOVE_INFO

/* --- TLS --- */

#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_PROTO_TLS1_3
/* Forward secrecy only: no RSA key transport, no static ECDH, no PSK. */
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
/* RFC 8446 appendix D.4: what middleboxes that know only TLS 1.2 expect. */
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE
/* mbedTLS's own order without what is not built: its list is 191 suites. */
#define MBEDTLS_SSL_CIPHERSUITES \
	MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, \
		MBEDTLS_TLS1_3_AES_256_GCM_SHA384, \
		MBEDTLS_TLS1_3_AES_128_GCM_SHA256, \
		MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, \
		MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, \
		MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, \
		MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, \
		MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, \
		MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
/* RFC 7627: binds a TLS 1.2 session to its certificates. */
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
/* Many servers choose their certificate by it. ALPN is not worth 690 bytes:
 * HTTP/1.1 is what a server speaks to a client that does not ask. */
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
/* TLS 1.3 needs it here, and --pin reads the leaf's key. */
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE
/* A server may fill a record; what patrm sends in one piece is a client's
 * certificates. 4 KB more are 4 KB more memory in use. */
#define MBEDTLS_SSL_IN_CONTENT_LEN 16384
#define MBEDTLS_SSL_OUT_CONTENT_LEN 8192

/* --- Certificates --- */

#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
/* Some private roots sign their certificates with RSASSA-PSS. */
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_OID_C
#define MBEDTLS_ASN1_PARSE_C
/* ECDSA signatures are kept in DER within the library. */
#define MBEDTLS_ASN1_WRITE_C

/* --- Algorithms: public keys --- */

#define MBEDTLS_BIGNUM_C
/* Multiplication in assembler: 5 million instructions less, no byte more. */
#define MBEDTLS_HAVE_ASM
/* It has none for these, and takes them for processors of 32 bits. */
#if (defined(__riscv) && __riscv_xlen == 64) || defined(__loongarch64)
#undef MBEDTLS_HAVE_ASM
#define MBEDTLS_HAVE_INT64
#define MBEDTLS_HAVE_UDBL
__extension__ typedef unsigned __int128 mbedtls_t_udbl;
#endif
/* Divisions of double words by halves: libgcc's function is larger. */
#define MBEDTLS_NO_UDBL_DIVISION
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
/* Reduction made for each curve: 2 KB, 118 of 170 million instructions. The
 * tables of base point multiples (7.7 KB) save another 16 million. */
#define MBEDTLS_ECP_NIST_OPTIM
/* PKCS #1 v1.5 signs most certificates, PSS the handshake of TLS 1.3. */
#define MBEDTLS_RSA_C
/* Only to sign with the client's own key, a few times a run: 1.5 KB. */
#define MBEDTLS_RSA_NO_CRT
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
/* RSA keys of up to 8,192 bits; it is a limit, not a buffer kept. */
#define MBEDTLS_MPI_MAX_SIZE 1024

/* --- Algorithms: symmetric --- */

#define MBEDTLS_MD_C
#define MBEDTLS_CIPHER_C
#define MBEDTLS_GCM_C
#define MBEDTLS_AES_C
/* GCM only ever encrypts blocks. */
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT
/* One table, made where AES is used at all: the code is a quarter of it. */
#define MBEDTLS_AES_FEWER_TABLES
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
/* Loops not unrolled: 3 KB less for 0.2 million instructions more. */
#define MBEDTLS_SHA256_SMALLER
#define MBEDTLS_SHA512_SMALLER

/* --- PSA, which TLS 1.3 is written for --- */

#define MBEDTLS_PSA_CRYPTO_C
/* The kernel's random numbers as they are: no entropy pool, no DRBG. */
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
/* Nobody shares memory with patrm, which has one thread: no copies of what is
 * given to PSA, in case another process changed it meanwhile. 1.5 KB. */
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS
/* Chosen line by line, since what is derived from the lines above is more.
 * TLS 1.2 and X.509 stay off it: MBEDTLS_USE_PSA_CRYPTO costs 7.4 KB. */
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE MBEDTLS_CONFIG_FILE
/* Of keys, a handshake has two at a time. */
#define MBEDTLS_PSA_KEY_SLOT_COUNT 8

/* No SHA-1, no MD5. */
#define PSA_WANT_ALG_SHA_256 1
#define PSA_WANT_ALG_SHA_384 1
#define PSA_WANT_ALG_SHA_512 1
#define PSA_WANT_ALG_HMAC 1
#define PSA_WANT_ALG_HKDF_EXTRACT 1
#define PSA_WANT_ALG_HKDF_EXPAND 1
#define PSA_WANT_ALG_ECDH 1
/* No CBC: its padding has cost TLS enough. */
#define PSA_WANT_ALG_GCM 1
#define PSA_WANT_ALG_CHACHA20_POLY1305 1
#define PSA_WANT_KEY_TYPE_AES 1
#define PSA_WANT_KEY_TYPE_CHACHA20 1
#define PSA_WANT_KEY_TYPE_DERIVE 1
#define PSA_WANT_KEY_TYPE_HMAC 1
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1
/* P-521 is left out: 8.6 KB, and no root of Mozilla's list is on it. */
#define PSA_WANT_ECC_MONTGOMERY_255 1
#define PSA_WANT_ECC_SECP_R1_256 1
#define PSA_WANT_ECC_SECP_R1_384 1

#endif
