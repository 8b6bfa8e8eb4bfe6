/*
 * The flows of TS 33.203 6.1 and TS 29.228 6.1 to 6.3 that a CSCF can drive, against an HSS behind
 * struct scscf_cx. A soft ISIM, or a user with a password, plays the UE. Each flow starts and ends
 * with the subscriber deregistered, and compares every answer with what the specification
 * prescribes. Flows cite the requirement they show.
 */
#ifndef QUINTET_SCSCF_FLOWS_H
#define QUINTET_SCSCF_FLOWS_H

#include "tools/scscf/isim.h"
#include "tools/scscf/scscf.h"
#include "tools/scscf/trace.h"

/* Who takes part. Borrowed texts in canonical form. */
struct flow_env {
	const struct scscf_cx *cx; /* callable from several threads at once */
	const struct trace *trace;
	const struct auc_key *key;          /* of the ISIM; NULL: the user has none */
	const struct digest_secret *digest; /* of SIP Digest; NULL: the user has none. Flows that
	                                       need what is missing are skipped */
	const char *impi;
	const char *impu;
	const char *other_impu; /* an IMPU of another subscription; NULL: flows that need it are
	                           skipped */
	const char *realm;
	const char *server_name;
	const char *second_server_name;
	const char *visited;
	unsigned n_vectors; /* asked in a MAR, 2 or more for flows about order */
	bool (*wait)(void *opaque, struct scscf *scscf); /* of wait-push; NULL: there is none */
	void *wait_opaque;
	bool unregistered_services; /* the profile has services for the unregistered state */
};

struct flow_sum {
	size_t passed, failed, skipped;
};

/* Run one flow, or with "all" each of them, and report. False: there is no flow of that name. */
bool flows_run(const struct flow_env *env, const char *name, struct flow_sum *sum);

/*
 * The commands of their own: register, register-digest, reregister, deregister, auts, wrong-res,
 * no-answer, network-failure, wait-push; with AKA where the user has both. As flows_run, they start
 * from Not Registered; the subscriber is left as the flow leaves it.
 */
bool flows_single(const struct flow_env *env, const char *name, struct flow_sum *sum);

/* Name and summary of flow i, from 0, for a list; NULL after the last. */
const char *flows_name(size_t i, const char **about);

#endif
