/*
 * What arrives, octet by octet, before freeDiameter's parser has it: on the receiver thread of each
 * connection (HOOK_DATA_RECEIVED), whether its peer has said who it is or not.
 *
 * A message that the guard refuses ends its connection, and nothing that follows it is read.
 * freeDiameter would take it: it closes the connection only when it comes to the message in its
 * queue, and what is behind it then is lost together with its place in the flow control. For the
 * same reason a peer that has said DPR (RFC 6733 5.4) may still answer, but ask no more.
 *
 * freeDiameter 1.2.1 itself does not survive the four octets 01 00 00 00, a message that claims no
 * length, from anybody who can reach the port: it puts them over the list of its per-message data.
 * The list is made good here, before anything goes along it.
 */
#ifndef QUINTET_HSS_INLET_H
#define QUINTET_HSS_INLET_H

#include "hss/err.h"

struct fd_cnx_rcvdata;
struct fd_hook_data_hdl;

/*
 * Start: before any other hook with data of its own is registered for HOOK_DATA_RECEIVED.
 *
 *   data  flow_open's
 *
 * Returns HSS_OK or HSS_ERR_MEMORY; inlet_close is safe after both.
 */
HSS_MUST_CHECK enum hss_err inlet_open(struct fd_hook_data_hdl *data);

void inlet_close(void);

/* From HOOK_MESSAGE_PARSING_ERROR without a message: give back what freeDiameter keeps with the
 * octets, which it does not do itself. */
void inlet_lost(struct fd_cnx_rcvdata *octets);

#endif
