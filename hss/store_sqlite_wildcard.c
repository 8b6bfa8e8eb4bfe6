/* The SQLite backend: which wildcarded identity an IMPU belongs to. */
#include "hss/store_sqlite.h"

#include <stdlib.h>
#include <string.h>

/*
 * Of several that match, the one with the longest text before its expression, then the smallest
 * name.
 *
 * In descending order of their names, because '!' sorts before all else that stands in an identity:
 * of what lies below the IMPU, those come first that share most of it. A name that is no candidate
 * differs from the IMPU at some octet; all that can still match has less than that in common,
 * and lies below what they have in common with '!' behind it. So few names are looked at, however
 * many there are.
 */
struct search {
	struct store_sqlite *db;
	const char *impu;
	struct arena *arena;
	char below[IMPU_LEN_MAX + 2]; /* names from here on cannot match */
	size_t below_len;             /* octets of it that are the IMPU's */
	size_t prefix_len;            /* of *found */
	const char *found;            /* NULL: none yet */
};

static uint32_t hash(const char *text)
{
	uint32_t sum = 2166136261U; /* FNV-1a */

	for (; *text != '\0'; text++) {
		sum = (sum ^ (uint8_t)*text) * 16777619U;
	}
	return sum;
}

/* The expression of a wildcarded identity, ready for use; NULL: it has no valid one. */
static enum hss_err ready(struct store_sqlite *db, const char *name, struct wildcard **out)
{
	struct wildcard_slot *slot = &db->wildcard[hash(name) % WILDCARD_SLOTS];
	struct wildcard *made = NULL;
	enum hss_err err = HSS_OK;
	char *copy = NULL;

	if (slot->name == NULL || strcmp(slot->name, name) != 0) {
		copy = strdup(name);
		err = copy != NULL ? wildcard_make(name, &made, NULL) : HSS_ERR_MEMORY;
		if (err == HSS_ERR_MEMORY) {
			free(copy);
			return sqlite_no_memory(db);
		}
		free(slot->name);
		wildcard_free(slot->wildcard);
		*slot = (struct wildcard_slot){copy, made};
	}
	*out = slot->wildcard;
	return HSS_OK;
}

void sqlite_wildcard_forget(struct store_sqlite *db)
{
	for (size_t i = 0; i < WILDCARD_SLOTS; i++) {
		free(db->wildcard[i].name);
		wildcard_free(db->wildcard[i].wildcard);
		db->wildcard[i] = (struct wildcard_slot){0};
	}
}

static size_t common_len(const char *a, const char *b)
{
	size_t len = 0;

	while (a[len] != '\0' && a[len] == b[len]) {
		len++;
	}
	return len;
}

/* A name of which all before the expression agrees; later ones of one length are smaller. */
static enum hss_err candidate(struct search *search, const char *name, size_t prefix_len)
{
	struct wildcard *wildcard = NULL;
	enum hss_err err = HSS_OK;

	if (!wildcard_literals_agree(name, search->impu)) {
		return HSS_OK;
	}
	err = ready(search->db, name, &wildcard);
	if (err != HSS_OK || wildcard == NULL || !wildcard_matches(wildcard, search->impu)) {
		return err;
	}
	search->found = arena_text(search->arena, name, strlen(name));
	search->prefix_len = prefix_len;
	return search->found != NULL ? HSS_OK : sqlite_no_memory(search->db);
}

/* Set the bound to so much of the IMPU, and what follows '!'. */
static void bound_set(struct search *search, size_t len)
{
	memcpy(search->below, search->impu, len);
	search->below[len] = '!' + 1;
	search->below[len + 1] = '\0';
	search->below_len = len;
}

/*
 * From the bound downwards until a name is no candidate: then *again, with a lower bound. Or to the
 * end, which also comes when there is one that no shorter text before an expression can surpass.
 */
static enum hss_err walk(struct search *search, bool *again)
{
	struct binder binder = {.stmt = search->db->stmt[SQL_IMPU_WILDCARDED]};
	enum hss_err err = HSS_OK;
	bool row = true;

	*again = false;
	binder_text(&binder, search->below);
	while (err == HSS_OK && !*again) {
		const char *name = NULL;
		size_t prefix_len = 0;
		size_t common = 0;

		err = binder_step(search->db, &binder, "load", &row);
		if (err != HSS_OK || !row) {
			break;
		}
		name = (const char *)sqlite3_column_text(binder.stmt, 0);
		if (name == NULL) {
			err = sqlite_no_memory(search->db);
			break;
		}
		prefix_len = strcspn(name, "!");
		common = common_len(name, search->impu);
		if (search->found != NULL &&
		    (common < prefix_len || prefix_len < search->prefix_len)) {
			break;
		}
		if (common >= prefix_len) {
			err = candidate(search, name, prefix_len);
		} else if (common < search->below_len) {
			bound_set(search, common);
			*again = true;
		}
	}
	sqlite_done(binder.stmt);
	return err;
}

enum hss_err sqlite_wildcard_find(struct store_sqlite *db, const char *impu, struct arena *arena,
                                  const char **found)
{
	struct search search = {.db = db, .impu = impu, .arena = arena};
	enum hss_err err = HSS_OK;
	bool again = true;

	*found = NULL;
	if (strnlen(impu, IMPU_LEN_MAX + 1) > IMPU_LEN_MAX) {
		return HSS_OK;
	}
	bound_set(&search, strcspn(impu, "!")); /* no text before an expression has one */
	while (err == HSS_OK && again) {
		err = walk(&search, &again);
	}
	*found = search.found;
	return err;
}
