/* A store of its own and what operations of administration need, for the unit tests of them. */
#ifndef TESTS_ADMIN_FIXTURE_H
#define TESTS_ADMIN_FIXTURE_H

#include "hss/admin.h"
#include "temp_dir.h"

enum { NOW = 1000000 };

#define KEY "'k': '465b5ce8b199b49faa5f0a2ee238a6bc', 'opc': 'cd63cb71954a9f4e48a5994e37a02baf'"

struct fixture {
	struct temp_dir dir;
	struct cx_policy policy;
	struct admin admin;
	json_t *reply; /* of the last call */
};

/* For cmocka: *state is a struct fixture. */
int admin_fixture_setup(void **state);
int admin_fixture_teardown(void **state);

/* JSON with ' for ". */
json_t *json_of(const char *text);

/* Carry out one operation as the daemon's worker does. Returns whether it was carried out. */
bool serve(struct fixture *f, const char *text);

/* The same (printf format); each document goes in as text with ' for ". */
bool servef(struct fixture *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A member of the last reply. */
json_int_t number(const struct fixture *f, const char *member);
const char *text(const struct fixture *f, const char *member);

/* The detail at index i of the last reply. */
void check_detail(const struct fixture *f, size_t i, json_int_t index, const char *field,
                  const char *reason);

/*
 * The changes of a list, one a line: "path: was -> becomes", "-" for what is not there, numbers and
 * objects as JSON with ' for ".
 */
void changes_text(const json_t *changes, char *out, size_t size);

#endif
