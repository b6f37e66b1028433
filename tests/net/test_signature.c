/* SPDX-License-Identifier: MIT */
/* Tests of net/signature: inverses, and that they are what mbedTLS gives. */
#include "net/signature.h"

#include <mbedtls/bignum.h>

#include "unit.h"

int inverse_modulo_prime(mbedtls_mpi *unused, mbedtls_mpi *inverse,
                         const mbedtls_mpi *a, const mbedtls_mpi *prime);

/* The moduli and orders of P-256 and P-384, and small primes. */
static const char *const primes[] = {
	"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
	"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
	"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe"
	"ffffffff0000000000000000ffffffff",
	"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf"
	"581a0db248b0a77aecec196accc52973",
	"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
	"3",
	"5",
	"fffffffb",
};

static mbedtls_mpi a, inverse, other, product, prime;

static void read_all(size_t which, const char *number)
{
	mbedtls_mpi_init(&a);
	mbedtls_mpi_init(&inverse);
	mbedtls_mpi_init(&other);
	mbedtls_mpi_init(&product);
	mbedtls_mpi_init(&prime);
	assert_int_equal(mbedtls_mpi_read_string(&prime, 16, primes[which]), 0);
	assert_int_equal(mbedtls_mpi_read_string(&a, 16, number), 0);
}

static void free_all(void)
{
	mbedtls_mpi_free(&a);
	mbedtls_mpi_free(&inverse);
	mbedtls_mpi_free(&other);
	mbedtls_mpi_free(&product);
	mbedtls_mpi_free(&prime);
}

static void a_times_it_is_1(void **state)
{
	static const char *const numbers[] = {
		"1",
		"2",
		"10000",
		"fffffffa",
		"123456789abcdef0fedcba9876543210ffffffff00000000deadbeef",
	};

	(void)state;
	for (size_t p = 0; p < COUNT(primes); p++)
		for (size_t n = 0; n < COUNT(numbers); n++) {
			read_all(p, numbers[n]);
			assert_int_equal(mbedtls_mpi_mod_mpi(&a, &a, &prime),
			                 0);
			if (mbedtls_mpi_cmp_int(&a, 0) != 0) {
				assert_int_equal(
					inverse_modulo_prime(NULL, &inverse, &a,
				                             &prime),
					0);
				assert_int_equal(
					mbedtls_mpi_inv_mod(&other, &a, &prime),
					0);
				assert_int_equal(
					mbedtls_mpi_cmp_mpi(&inverse, &other),
					0);
				/* In its own place, as mbedTLS asks for it. */
				assert_int_equal(inverse_modulo_prime(
							 NULL, &a, &a, &prime),
				                 0);
				assert_int_equal(
					mbedtls_mpi_cmp_mpi(&a, &other), 0);
			}
			free_all();
		}
}

static void prime_less_1_is_its_own(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(primes); p++) {
		read_all(p, "1");
		assert_int_equal(mbedtls_mpi_sub_int(&a, &prime, 1), 0);
		assert_int_equal(
			inverse_modulo_prime(NULL, &inverse, &a, &prime), 0);
		assert_int_equal(mbedtls_mpi_cmp_mpi(&inverse, &a), 0);
		free_all();
	}
}

static void zero_has_none(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(primes); p++) {
		read_all(p, "0");
		assert_int_equal(
			inverse_modulo_prime(NULL, &inverse, &a, &prime),
			MBEDTLS_ERR_MPI_NOT_ACCEPTABLE);
		free_all();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_times_it_is_1),
		cmocka_unit_test(prime_less_1_is_its_own),
		cmocka_unit_test(zero_has_none),
	};

	return cmocka_run_group_tests_name("net/signature", tests, NULL, NULL);
}
