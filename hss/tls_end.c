#include "hss/tls_end.h"

#include <elf.h>
#include <gnutls/gnutls.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
enum { JUMP_SLOT = R_X86_64_JUMP_SLOT };
#elif defined(__aarch64__)
enum { JUMP_SLOT = R_AARCH64_JUMP_SLOT };
#else
enum { JUMP_SLOT = -1 }; /* no slot is found */
#endif

static const char library[] = "libfdcore.so";

static int bye(gnutls_session_t session, gnutls_close_request_t how);
static void deinit(gnutls_session_t session);

typedef void any_function(void);

/* The calls that are led to functions of ours. */
static struct call {
	const char *name;
	any_function *ours;
	any_function *real;
	void *slot; /* where libfdcore has the address that it calls */
} call[] = {
	{.name = "gnutls_bye", .ours = (any_function *)bye},
	{.name = "gnutls_deinit", .ours = (any_function *)deinit},
};

enum { BYE, DEINIT, N_CALLS };

static int bye_real(gnutls_session_t session, gnutls_close_request_t how)
{
	return ((int (*)(gnutls_session_t, gnutls_close_request_t))call[BYE].real)(session, how);
}

/* freeDiameter's receivers close both directions, who destroys a connection only that of writing. A
 * session's pointer for a cache of sessions is free to be its mark: freeDiameter has none. */
static int bye(gnutls_session_t session, gnutls_close_request_t how)
{
	if (how == GNUTLS_SHUT_RDWR) {
		gnutls_db_set_ptr(session, call);
		return GNUTLS_E_SUCCESS;
	}
	return bye_real(session, how);
}

static void deinit(gnutls_session_t session)
{
	if (session != NULL && gnutls_db_get_ptr(session) == call) {
		(void)bye_real(session, GNUTLS_SHUT_WR);
	}
	((void (*)(gnutls_session_t))call[DEINIT].real)(session);
}

/* What the dynamic section says of the calls of a library. */
struct section {
	const ElfW(Rela) * rela;
	size_t n_rela;
	const ElfW(Sym) * symbol;
	const char *text;
};

static struct section section_of(const ElfW(Dyn) * dyn)
{
	struct section section = {0};

	for (; dyn->d_tag != DT_NULL; dyn++) {
		const uintptr_t at = dyn->d_un.d_ptr; /* the loader has made it an address */

		switch (dyn->d_tag) {
		case DT_JMPREL:
			section.rela = (const ElfW(Rela) *)at;
			break;
		case DT_PLTRELSZ:
			section.n_rela = dyn->d_un.d_val / sizeof(*section.rela);
			break;
		case DT_SYMTAB:
			section.symbol = (const ElfW(Sym) *)at;
			break;
		case DT_STRTAB:
			section.text = (const char *)at;
			break;
		default:
			break;
		}
	}
	return section;
}

static void slots_find(const struct dl_phdr_info *info, const struct section *section)
{
	if (section->rela == NULL || section->symbol == NULL || section->text == NULL) {
		return;
	}
	for (size_t i = 0; i < section->n_rela; i++) {
		const ElfW(Rela) *rela = &section->rela[i];
		const char *name =
			section->text + section->symbol[ELF64_R_SYM(rela->r_info)].st_name;

		for (size_t n = 0; n < N_CALLS && ELF64_R_TYPE(rela->r_info) == JUMP_SLOT; n++) {
			if (strcmp(name, call[n].name) == 0) {
				call[n].slot = (void *)(info->dlpi_addr + rela->r_offset);
			}
		}
	}
}

/* The loader has made the place read-only, and so it is afterwards. */
static bool slot_set(struct call *one)
{
	const uintptr_t page_len = (uintptr_t)sysconf(_SC_PAGESIZE);
	void *page = (void *)((uintptr_t)one->slot & ~(page_len - 1));

	if (mprotect(page, page_len, PROT_READ | PROT_WRITE) != 0) {
		return false;
	}
	memcpy(&one->real, one->slot, sizeof(one->real));
	memcpy(one->slot, &one->ours, sizeof(one->ours));
	return mprotect(page, page_len, PROT_READ) == 0;
}

static int library_look(struct dl_phdr_info *info, size_t size, void *found)
{
	(void)size;
	if (strstr(info->dlpi_name, library) == NULL) {
		return 0;
	}
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) {
			const struct section section = section_of(
				(const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr));

			slots_find(info, &section);
		}
	}
	*(bool *)found = call[BYE].slot != NULL && call[DEINIT].slot != NULL;
	return 1;
}

bool tls_end_open(void)
{
	bool found = false;

	if (call[BYE].real != NULL) {
		return true;
	}
	(void)dl_iterate_phdr(library_look, &found);
	return found && slot_set(&call[DEINIT]) &&
	       slot_set(&call[BYE]); /* who minds the mark is first */
}
