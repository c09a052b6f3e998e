/*
 * Switchyard provider ABI 0.1: what a provider plug-in and the gateway (the "host") promise each other.
 *
 * A plug-in is a shared object that exports one symbol, the const data object `switchyard_plugin`. It offers providers;
 * a provider makes channel objects (one per configured channel and key) and exchanges (one per attempt at a request).
 * An exchange is a state machine that does no input or output itself: the host tells it *events*, it answers with
 * *actions*. It never touches a socket, a file, a clock, a thread or a database. sdk/README.md is the guided tour;
 * sdk/examples/minimal.c is a whole plug-in.
 *
 * Rules of form
 *  - C11, C++17 and later; 64-bit platforms; only <stdint.h>, <stddef.h>, <stdbool.h>.
 *  - ATOMS (marked so) are frozen for ever, go by value and in arrays, and have no size member. RECORDS begin with
 *    `struct_size`, go by pointer only and are never embedded. A reader tests a member of a record that it received
 *    with SWY_HAS; members are only ever appended, and zero in an appended member means what its absence meant.
 *    A record filled by the callee is written no further than the caller's struct_size.
 *    Rationale: with tail padding a plain size comparison passes and the reader gets rubbish; hence no implicit
 *    padding anywhere (-Wpadded is clean) and reserved members that must be zero.
 *  - Both sides ignore event kinds, flags, delta kinds and units that they do not know. An unknown cause counts as
 *    SWY_CAUSE_INTERNAL.
 *  - Texts are UTF-8, pointer and length, not terminated, unless the type is `const char *`.
 *  - Ownership stands in the type: swy_borrowed_t is the host's and valid until the call it came in returns (or longer
 *    where the member says so); swy_given_t is the plug-in's and consumed before the action returns. Nothing is freed
 *    across the border.
 *  - No exception and no longjmp crosses the border.
 *
 * Thread rules, in brackets at each function
 *  [main]      one thread at a time, never at the same time as init or deinit
 *  [any]       any thread, several at once
 *  [exchange]  never two threads at once for one exchange, but different ones over its life: keep nothing
 *              thread-local. At most 256 KiB of stack.
 *  [pure]      as [any]; answers at once and depends on its arguments alone
 *
 * Determinism: the same events make the same actions. Other cuts of the same response bytes make the same requests, the
 * same concatenated emits, the same deltas after merging neighbours of one kind and block, and the same usage totals.
 *
 * Versions: while the major version is 0 the host accepts its own minor version and those it lists as compatible. From
 * 1.0 on a plug-in works unchanged in every later 1.x.
 */
#ifndef SWITCHYARD_PROVIDER_H
#define SWITCHYARD_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SWY_ABI_MAJOR 0u
#define SWY_ABI_MINOR 1u

/* Whether the record behind `p`, of type `type`, was written by a side that knows `field`. */
#define SWY_HAS(p, type, field) ((p)->struct_size >= offsetof(type, field) + sizeof(((type *)0)->field))

/* ---- Atoms ------------------------------------------------------------------------------------------------------ */

/* ATOM. Bytes of the host. */
typedef struct swy_borrowed {
    const char *data; /* may be NULL when size is 0 */
    size_t size;
} swy_borrowed_t;

/* ATOM. Bytes of the plug-in, consumed before the action returns. */
typedef struct swy_given {
    const char *data; /* may be NULL when size is 0 */
    size_t size;
} swy_given_t;

/* ATOM. A header that the host received: the name in lower case, repeated headers as repeated pairs. */
typedef struct swy_header {
    swy_borrowed_t name;
    swy_borrowed_t value;
} swy_header_t;

/* ATOM. A header that the plug-in sends: goes out byte for byte. CR, LF and NUL make the action invalid. */
typedef struct swy_given_header {
    swy_given_t name;
    swy_given_t value;
} swy_given_header_t;

/* ATOM. One number of a usage report: see swy_usage_t. */
typedef struct swy_count {
    swy_given_t unit;
    int64_t amount; /* >= 0 */
} swy_count_t;

/* ATOM. A top-level member of a JSON body, found by the host's validating scan: no second parse is needed to patch. */
typedef struct swy_member {
    swy_borrowed_t name; /* with escapes resolved */
    uint64_t name_offset;  /* of the name's opening quote, in bytes from the start of the body */
    uint64_t value_offset; /* of the value's first byte */
    uint64_t value_size;   /* of the value without surrounding blanks */
} swy_member_t;

/* ATOM. A part of a multipart body: where its bytes are, never the bytes themselves. */
typedef struct swy_part {
    swy_borrowed_t name;
    swy_borrowed_t file_name;    /* empty: not a file */
    swy_borrowed_t content_type; /* empty: not given */
    uint64_t offset;             /* of the content, in bytes from the start of the body */
    uint64_t size;
} swy_part_t;

/* ATOM. A piece of an outgoing body; a body is the pieces in their order. */
typedef struct swy_piece {
    uint32_t kind; /* SWY_PIECE_... */
    uint32_t reserved;
    swy_given_t bytes; /* SWY_PIECE_BYTES: the bytes; else empty */
    uint64_t source;   /* SWY_PIECE_MEDIA...: the id of the media action; else 0 */
    uint64_t offset;   /* SWY_PIECE_CLIENT_BODY: where in the client's body; else 0 */
    uint64_t size;     /* SWY_PIECE_CLIENT_BODY: how many bytes; else 0 */
} swy_piece_t;

#define SWY_PIECE_BYTES 1u
#define SWY_PIECE_CLIENT_BODY 2u  /* a range of the body of the start event: not copied */
#define SWY_PIECE_MEDIA 3u        /* the bytes that a media action fetched */
#define SWY_PIECE_MEDIA_BASE64 4u /* the same in base64 (RFC 4648, padded, no line breaks) */

/* ---- What an action returns ------------------------------------------------------------------------------------- */

/* Errors are sticky and a plug-in may ignore them: whatever needs an answer comes as an event. No action calls back
 * into the plug-in. */
typedef uint32_t swy_status_t;
#define SWY_ACCEPTED 0u
#define SWY_ENDED 1u   /* the exchange has finished, failed or been cancelled */
#define SWY_LIMIT 2u   /* a limit of the start event was passed; the exchange fails */
#define SWY_INVALID 3u /* the arguments break a rule of this header; logged; the exchange fails */

/* ---- Operations, dialects, extensions: open sets of names ------------------------------------------------------- */

#define SWY_OP_CHAT "chat.completions"
#define SWY_OP_COMPLETIONS "completions"
#define SWY_OP_EMBEDDINGS "embeddings"
#define SWY_OP_MODERATIONS "moderations"
#define SWY_OP_MODELS "models" /* list the models of the channel; answered in OpenAI's list form */
#define SWY_OP_IMAGES "images.generations"
#define SWY_OP_IMAGE_EDITS "images.edits"
#define SWY_OP_SPEECH "audio.speech"
#define SWY_OP_TRANSCRIPTIONS "audio.transcriptions"
#define SWY_OP_TRANSLATIONS "audio.translations"
#define SWY_OP_RERANK "rerank"
#define SWY_OP_PROXY "proxy"           /* any method and path, raw */
#define SWY_OP_CREDENTIAL "credential" /* an exchange that obtains a credential; ends with credential_ready */

#define SWY_DIALECT_COMMON "common"       /* the written form of sdk/common-form.md: OpenAI chat JSON and extensions */
#define SWY_DIALECT_OPENAI "openai"       /* Chat Completions and the other OpenAI operations */
#define SWY_DIALECT_RESPONSES "responses" /* OpenAI Responses */
#define SWY_DIALECT_ANTHROPIC "anthropic" /* Anthropic Messages */
#define SWY_DIALECT_GEMINI "gemini"       /* Gemini generateContent */
#define SWY_DIALECT_BYTES "bytes"         /* uninterpreted: no frames, no metering, no needles */

/* Abilities of a host that a plug-in may name in swy_plugin_t.required; the host answers those it has. Asking
 * swy_host_t.extension for one yields its table, or NULL when absent; the same answer each time. Ids of drafts end in
 * ".draft" and promise nothing. A changed meaning is a new id. Abilities without a table yield a non-NULL pointer
 * that must not be read. */
#define SWY_EXT_CRYPTO "switchyard.host.crypto/1"             /* swy_crypto_t */
#define SWY_EXT_IMAGE "switchyard.host.image/1"               /* swy_image_t */
#define SWY_EXT_TOKENS "switchyard.host.tokens/1"             /* swy_tokens_t */
#define SWY_EXT_TIMER "switchyard.exchange.timer/1"           /* the actions timer_start and timer_stop */
#define SWY_EXT_CREDENTIAL "switchyard.exchange.credential/1" /* credential, credential_reject, credential_ready */
#define SWY_EXT_MEDIA "switchyard.exchange.media/1"           /* media, and pieces of kind SWY_PIECE_MEDIA... */
#define SWY_EXT_WEBSOCKET "switchyard.exchange.websocket/1"   /* websocket_... and its events */
#define SWY_EXT_REALTIME "switchyard.exchange.realtime/1"     /* client message / end events */

/* ---- Events ----------------------------------------------------------------------------------------------------- */

#define SWY_EVENT_START 1u             /* swy_start_t; always the first */
#define SWY_EVENT_RESPONSE_HEAD 2u     /* swy_response_head_t */
#define SWY_EVENT_RESPONSE_BODY 3u     /* swy_bytes_t: decoded bytes, at most 16 KiB, cut anywhere; or all, if `whole` */
#define SWY_EVENT_RESPONSE_END 4u      /* no payload: the body is complete */
#define SWY_EVENT_TAP 5u               /* swy_tap_t: a frame of a forwarded answer that holds one of the needles */
#define SWY_EVENT_TRANSPORT_ERROR 6u   /* swy_transport_error_t: the request or socket is over */
#define SWY_EVENT_TIMER 7u             /* no payload */
#define SWY_EVENT_CREDENTIAL 8u        /* swy_credential_t */
#define SWY_EVENT_MEDIA 9u             /* swy_media_t */
#define SWY_EVENT_WEBSOCKET_OPEN 10u   /* swy_response_head_t: the 101 answer. A refusal comes as head / body / end */
#define SWY_EVENT_WEBSOCKET_MESSAGE 11u /* swy_message_t */
#define SWY_EVENT_WEBSOCKET_CLOSE 12u  /* swy_websocket_close_t */
#define SWY_EVENT_CLIENT_MESSAGE 13u   /* swy_message_t: realtime input */
#define SWY_EVENT_CLIENT_END 14u       /* no payload: the client will send nothing more */
#define SWY_EVENT_CANCEL 15u           /* swy_cancel_t: one last event; at most 2 s; then only abort, websocket_close,
                                          usage and one http_request with SWY_HTTP_CLEANUP are accepted */

/* RECORD. */
typedef struct swy_event {
    uint32_t struct_size;
    uint32_t kind;       /* SWY_EVENT_... */
    uint64_t id;         /* of the request, socket, timer, credential or media that it concerns; 0 if none */
    int64_t now;         /* milliseconds since the Unix epoch, the host's clock */
    const void *payload; /* the record that the kind names, or NULL */
} swy_event_t;

#define SWY_START_STREAM 1u       /* the client asked for a stream */
#define SWY_START_WANTS_USAGE 2u  /* the client asked for usage inside its stream (stream_options.include_usage) */

/* RECORD. What to do. The record itself is gone when the event returns. What it borrows stays valid until the exchange is
 * destroyed, or, in an exchange that forwards (swy_forward_t), until that action returns: a long stream need not hold
 * its prompt. */
typedef struct swy_start {
    uint32_t struct_size;
    uint32_t flags;           /* SWY_START_... */
    swy_borrowed_t operation; /* one that the descriptor names, or "credential" */
    swy_borrowed_t dialect;   /* of `body`: one of the descriptor's native dialects, or "common" */
    swy_borrowed_t model;     /* the name to send upstream: the channel's mapping has been applied */
    swy_borrowed_t requested_model; /* the name that the client used; `body` still holds it */
    swy_borrowed_t body;      /* followed by 64 readable bytes. JSON bodies have been validated: syntax, UTF-8, depth */
    const swy_member_t *members; /* top-level members when the body is a JSON object */
    const swy_part_t *parts;     /* when the body is multipart */
    const swy_header_t *headers; /* the client's, those that may go upstream: never Authorization, Origin, Referer,
                                    Cookie, Host nor hop-by-hop ones */
    uint32_t member_count;
    uint32_t part_count;
    uint32_t header_count;
    uint32_t attempt;           /* 1 for the first candidate of the request, then 2, 3 ... */
    swy_borrowed_t method;      /* the client's */
    swy_borrowed_t target;      /* the client's path and query, byte for byte: "/v1/chat/completions?x=1" */
    swy_borrowed_t content_type; /* of `body`, as the client sent it */
    swy_borrowed_t request_id;
    const uint8_t *random;      /* 32 random bytes: the exchange's only source of chance */
    uint64_t max_output_per_event; /* bytes that the actions of one event may hand over */
    uint32_t max_parallel;      /* requests and sockets open at once; more wait in the host */
    uint32_t reserved;
    swy_borrowed_t credential_name; /* operation "credential": which one */
} swy_start_t;

/* RECORD. */
typedef struct swy_response_head {
    uint32_t struct_size;
    uint32_t status; /* 100 to 999; 1xx never comes */
    const swy_header_t *headers;
    uint32_t header_count;
    uint32_t reserved;
} swy_response_head_t;

/* RECORD. */
typedef struct swy_bytes {
    uint32_t struct_size;
    uint32_t reserved;
    swy_borrowed_t bytes;
} swy_bytes_t;

/* RECORD. Answer with tap_replace, tap_drop, usage or fail; silence passes the frame on unchanged. */
typedef struct swy_tap {
    uint32_t struct_size;
    uint32_t needle;      /* the first one that matched: index into the array given to forward */
    swy_borrowed_t frame; /* a whole frame with its delimiter; of a unary answer the whole body */
    swy_borrowed_t data;  /* the frame's payload: SSE data lines joined by LF; a unary answer: the body */
} swy_tap_t;

#define SWY_TRANSPORT_OTHER 0u
#define SWY_TRANSPORT_DNS 1u
#define SWY_TRANSPORT_CONNECT 2u
#define SWY_TRANSPORT_TLS 3u
#define SWY_TRANSPORT_TIMEOUT 4u
#define SWY_TRANSPORT_RESET 5u
#define SWY_TRANSPORT_PROTOCOL 6u  /* the peer does not speak HTTP/1.1 as it should */
#define SWY_TRANSPORT_TOO_LARGE 7u /* over a limit of the host, such as a whole body */
#define SWY_TRANSPORT_REFUSED 8u   /* by the host: an address or a host that this request may not go to */
#define SWY_TRANSPORT_UNSUPPORTED 9u /* this host cannot do what was asked; `text` names it */

/* RECORD. */
typedef struct swy_transport_error {
    uint32_t struct_size;
    uint32_t error_class;  /* SWY_TRANSPORT_... */
    swy_borrowed_t text;   /* for people; names host and cause, no secret */
} swy_transport_error_t;

/* RECORD. */
typedef struct swy_credential {
    uint32_t struct_size;
    uint32_t cause;        /* 0: here it is; else SWY_CAUSE_..., and `bytes` is empty */
    swy_borrowed_t bytes;  /* what credential_ready was given */
    swy_borrowed_t message; /* when it failed */
    uint64_t generation;
} swy_credential_t;

/* RECORD. */
typedef struct swy_media {
    uint32_t struct_size;
    uint32_t cause;        /* 0: fetched; else SWY_CAUSE_... */
    swy_borrowed_t content_type;
    swy_borrowed_t bytes;  /* usable as pieces until the exchange is destroyed */
    swy_borrowed_t message; /* when it failed */
} swy_media_t;

#define SWY_MESSAGE_TEXT 1u
#define SWY_MESSAGE_BINARY 2u

/* RECORD. */
typedef struct swy_message {
    uint32_t struct_size;
    uint32_t kind; /* SWY_MESSAGE_... */
    swy_borrowed_t bytes;
} swy_message_t;

/* RECORD. */
typedef struct swy_websocket_close {
    uint32_t struct_size;
    uint32_t code; /* RFC 6455 7.4; 1006: no close frame came */
    swy_borrowed_t reason;
} swy_websocket_close_t;

#define SWY_CANCEL_CLIENT_GONE 1u
#define SWY_CANCEL_QUOTA_OUT 2u
#define SWY_CANCEL_DEADLINE 3u
#define SWY_CANCEL_SHUTDOWN 4u

/* RECORD. */
typedef struct swy_cancel {
    uint32_t struct_size;
    uint32_t why; /* SWY_CANCEL_... */
} swy_cancel_t;

/* ---- Actions ---------------------------------------------------------------------------------------------------- */

#define SWY_HTTP_WHOLE 1u   /* deliver the body once and contiguous (at most 64 MiB) instead of in pieces */
#define SWY_HTTP_KEYED 2u   /* carries the channel's key or something made from it: may go only to the host of the
                               channel's base URL or to hosts that the descriptor lists */
#define SWY_HTTP_CLEANUP 4u /* after cancel: the one request that tells upstream to stop; its answer is not delivered */

/* RECORD. URL and headers go out byte for byte. The host adds Host, Content-Length, Accept-Encoding, Connection, and
 * User-Agent if absent; giving one of the first four, Transfer-Encoding, or a name that is no token is invalid.
 * Redirects are not followed. A request resent on a stale pooled connection is the same bytes, and only if no byte of
 * an answer came. */
typedef struct swy_http_request {
    uint32_t struct_size;
    uint32_t flags;     /* SWY_HTTP_... */
    uint64_t id;        /* chosen by the plug-in, not 0, not in use by this exchange */
    swy_given_t method; /* "POST" */
    swy_given_t url;    /* absolute, http or https */
    const swy_given_header_t *headers;
    const swy_piece_t *body; /* no pieces: no body */
    uint32_t header_count;
    uint32_t body_count;
} swy_http_request_t;

#define SWY_FORWARD_REPLACE_MODEL 1u    /* top-level `model` of each frame becomes the name that the client used */
#define SWY_FORWARD_DROP_USAGE_CHUNK 2u /* the plug-in asked for usage that the client did not: meter the chunk that
                                           has usage and no choices, and keep it from the client */

/* RECORD. "The answer to this request is already in the client's dialect: pass it on and meter it." Allowed from the
 * response head until the exchange has handed over anything, and then from byte 0 (the host keeps at most 64 KiB until
 * the decision). Afterwards no head, body or end of that request is delivered, only taps; the exchange finishes
 * by itself at the end of the answer. With no flag and no needle the client gets upstream's bytes unchanged. The host
 * recognises an error inside a 200, a JSON answer to a stream request and a missing end; before anything semantic has
 * been delivered these are failures that may be retried. */
typedef struct swy_forward {
    uint32_t struct_size;
    uint32_t flags;      /* SWY_FORWARD_... */
    uint64_t request;    /* id of the http_request */
    swy_given_t dialect; /* that the answer is in; "bytes" for binary */
    const swy_given_t *needles; /* a frame that contains one of them is shown in a tap event; at most 16 */
    uint32_t needle_count;
    uint32_t reserved;
} swy_forward_t;

#define SWY_DELTA_TEXT 1u
#define SWY_DELTA_THINKING 2u
#define SWY_DELTA_SIGNATURE 3u  /* of the thinking block: opaque, survives the round trip */
#define SWY_DELTA_TOOL_BEGIN 4u /* `id` and `name` of the call; `block` is its number */
#define SWY_DELTA_TOOL_ARGUMENTS 5u /* a piece of the arguments' JSON text */
#define SWY_DELTA_REFUSAL 6u
#define SWY_DELTA_AUDIO 7u    /* base64 */
#define SWY_DELTA_CITATION 8u /* `extra` is the citation's JSON */
#define SWY_DELTA_STOP 9u     /* `name` is the reason: "stop", "length", "tool_calls", "content_filter" */

/* RECORD. One piece of an answer in the common form: the host renders the client's dialect from it. Not to be mixed
 * with forward or emit in one exchange. Text is whole UTF-8: hold back split sequences. */
typedef struct swy_delta {
    uint32_t struct_size;
    uint32_t kind;   /* SWY_DELTA_... */
    uint32_t choice; /* from 0 */
    uint32_t block;  /* from 0; a new number begins a new content block, thinking block or tool call */
    swy_given_t text;
    swy_given_t id;
    swy_given_t name;
    swy_given_t extra; /* a JSON value for what this record has no member for; empty: none */
} swy_delta_t;

/* RECORD. Head of an answer that consists of emits. Optional; default: 200 and the content type that operation and
 * stream flag imply. */
typedef struct swy_answer_head {
    uint32_t struct_size;
    uint32_t status;
    const swy_given_header_t *headers; /* Content-Length, Connection and Transfer-Encoding are the host's */
    uint32_t header_count;
    uint32_t reserved;
} swy_answer_head_t;

/* Units of usage. Input includes cached and audio input; output includes reasoning and audio output: the plug-in
 * normalises its vendor's convention to this one. Unknown units are journaled and not priced. Money is in
 * nano-units of a currency: "cost_nano_usd". */
#define SWY_UNIT_INPUT "input_tokens"
#define SWY_UNIT_OUTPUT "output_tokens"
#define SWY_UNIT_CACHED "cached_input_tokens"
#define SWY_UNIT_CACHE_WRITE "cache_write_input_tokens"
#define SWY_UNIT_REASONING "reasoning_output_tokens"
#define SWY_UNIT_AUDIO_INPUT "audio_input_tokens"
#define SWY_UNIT_AUDIO_OUTPUT "audio_output_tokens"
#define SWY_UNIT_IMAGES "images"
#define SWY_UNIT_SECONDS "seconds"

#define SWY_USAGE_FINAL 1u

/* RECORD. Each call replaces the totals it names; not named = not told. Only a call with SWY_USAGE_FINAL settles; an
 * output count that is not final is a floor under what the host counts itself. */
typedef struct swy_usage {
    uint32_t struct_size;
    uint32_t flags; /* SWY_USAGE_... */
    const swy_count_t *counts;
    uint32_t count_count;
    uint32_t reserved;
} swy_usage_t;

#define SWY_CAUSE_BAD_REQUEST 1u     /* the client's mistake */
#define SWY_CAUSE_AUTH 2u            /* the channel's key is not accepted */
#define SWY_CAUSE_QUOTA 3u           /* the channel's account is out of money */
#define SWY_CAUSE_RATE 4u            /* too many requests; see retry_after */
#define SWY_CAUSE_OVERLOADED 5u
#define SWY_CAUSE_NO_MODEL 6u
#define SWY_CAUSE_FILTERED 7u        /* refused for its content */
#define SWY_CAUSE_TOO_LONG 8u        /* the context does not fit */
#define SWY_CAUSE_UNSUPPORTED 9u     /* something in the request that this provider cannot carry; `param` names it */
#define SWY_CAUSE_UPSTREAM_BROKEN 10u /* an answer that makes no sense, or none */
#define SWY_CAUSE_TIMEOUT 11u
#define SWY_CAUSE_INTERNAL 12u       /* the plug-in's own mistake */

#define SWY_SCOPE_REQUEST 1u /* another channel would refuse it too */
#define SWY_SCOPE_MODEL 2u   /* this model at this channel */
#define SWY_SCOPE_KEY 3u     /* everything that this key asks for */
#define SWY_SCOPE_CHANNEL 4u /* everything at this channel */

/* RECORD. Ends the exchange. Whether to retry or to disable follows in the host from cause and scope. After the head
 * has gone to the client it becomes an error frame of the client's dialect. */
typedef struct swy_fail {
    uint32_t struct_size;
    uint32_t cause;       /* SWY_CAUSE_... */
    uint32_t scope;       /* SWY_SCOPE_... */
    uint32_t http_status; /* upstream's, or 0: the host picks one that fits the cause */
    int64_t retry_after;  /* milliseconds; 0: not told */
    swy_given_t type;     /* upstream's error type; empty: the host picks one that fits the cause */
    swy_given_t code;     /* upstream's machine-readable code; a text */
    swy_given_t message;  /* for people; never a key */
    swy_given_t param;    /* the field at fault */
    swy_given_t upstream; /* upstream's bytes, kept for the log: at most 4 KiB are */
} swy_fail_t;

/* RECORD. */
typedef struct swy_websocket_request {
    uint32_t struct_size;
    uint32_t flags;  /* SWY_HTTP_KEYED */
    uint64_t id;
    swy_given_t url; /* ws or wss */
    const swy_given_header_t *headers;
    uint32_t header_count;
    uint32_t reserved;
} swy_websocket_request_t;

#define SWY_LOG_DEBUG 1u
#define SWY_LOG_INFO 2u
#define SWY_LOG_WARNING 3u
#define SWY_LOG_ERROR 4u

/* RECORD. The actions of one exchange. `context` is the first argument of each. All are [exchange] and may be called
 * only from within event(). A member may be NULL in a host whose minor version lacks it: SWY_HAS first, for members
 * appended after 0.1. */
typedef struct swy_actions {
    uint32_t struct_size;
    uint32_t reserved;
    void *context;

    swy_status_t (*http_request)(void *context, const swy_http_request_t *request);
    /* Ends a request or socket; no event of it follows. */
    swy_status_t (*abort)(void *context, uint64_t id);
    /* SHA-256 of a body as it would go out, into 32 bytes; for signatures. Answers at once. Media pieces must have
     * arrived. */
    swy_status_t (*hash_pieces)(void *context, const swy_piece_t *pieces, uint32_t count, uint8_t *digest);

    swy_status_t (*forward)(void *context, const swy_forward_t *forward);
    /* Only while handling a tap event: the client gets these bytes instead of the frame (empty: nothing). */
    swy_status_t (*tap_replace)(void *context, swy_given_t frame);
    swy_status_t (*tap_drop)(void *context);

    swy_status_t (*delta)(void *context, const swy_delta_t *delta);
    swy_status_t (*answer_head)(void *context, const swy_answer_head_t *head);
    swy_status_t (*emit)(void *context, swy_given_t bytes);
    swy_status_t (*emit_pieces)(void *context, const swy_piece_t *pieces, uint32_t count);

    swy_status_t (*usage)(void *context, const swy_usage_t *usage);
    swy_status_t (*finish)(void *context);
    swy_status_t (*fail)(void *context, const swy_fail_t *fail);

    /* One event of kind SWY_EVENT_TIMER after `delay` milliseconds (0 to 86,400,000). Starting a running id restarts
     * it. Ability SWY_EXT_TIMER. */
    swy_status_t (*timer_start)(void *context, uint64_t id, uint32_t delay);
    swy_status_t (*timer_stop)(void *context, uint64_t id);

    /* The credential `name` of this channel and key comes as SWY_EVENT_CREDENTIAL. The host begins an exchange of
     * operation "credential" for it once per (plug-in version, channel, key, name), shares the result, renews it
     * early. Ability SWY_EXT_CREDENTIAL; a host without it answers with cause SWY_CAUSE_UNSUPPORTED. */
    swy_status_t (*credential)(void *context, uint64_t id, swy_given_t name);
    /* After a 401: renews once and delivers again; a reject of an older generation just delivers the newer one. */
    swy_status_t (*credential_reject)(void *context, uint64_t id);
    /* Ends an exchange of operation "credential". */
    swy_status_t (*credential_ready)(void *context, swy_given_t bytes, int64_t good_for_ms);

    /* Fetches a URL that the client named, under the host's size and address rules; comes as SWY_EVENT_MEDIA.
     * Ability SWY_EXT_MEDIA; a host without it answers with cause SWY_CAUSE_UNSUPPORTED. */
    swy_status_t (*media)(void *context, uint64_t id, swy_given_t url);

    /* Ability SWY_EXT_WEBSOCKET; a host without it answers with a transport error of class UNSUPPORTED. */
    swy_status_t (*websocket_open)(void *context, const swy_websocket_request_t *request);
    swy_status_t (*websocket_send)(void *context, uint64_t id, uint32_t kind, swy_given_t bytes);
    swy_status_t (*websocket_close)(void *context, uint64_t id, uint32_t code, swy_given_t reason);

    /* Memory that lives until exchange_destroy has returned; 16-byte aligned, zeroed; NULL past 16 MiB in all. */
    void *(*alloc)(void *context, size_t size);
    void (*log)(void *context, uint32_t level, swy_given_t text);
} swy_actions_t;

/* ---- Host services ---------------------------------------------------------------------------------------------- */

/* RECORD. SWY_EXT_CRYPTO. All [pure]. `out` has room for what the comment says; true: done. */
typedef struct swy_crypto {
    uint32_t struct_size;
    uint32_t reserved;
    bool (*sha256)(swy_given_t bytes, uint8_t *out);                       /* 32 bytes */
    bool (*md5)(swy_given_t bytes, uint8_t *out);                          /* 16 bytes */
    bool (*hmac_sha1)(swy_given_t key, swy_given_t bytes, uint8_t *out);   /* 20 bytes */
    bool (*hmac_sha256)(swy_given_t key, swy_given_t bytes, uint8_t *out); /* 32 bytes */
    /* RSASSA-PKCS1-v1_5 with SHA-256; `pem` is a PKCS#8 or PKCS#1 private key. Writes at most *out_size bytes and sets
     * it; a room of 512 bytes holds a key of 4,096 bits. */
    bool (*rs256)(swy_given_t pem, swy_given_t bytes, uint8_t *out, size_t *out_size);
    /* Without padding; writes (4 x size + 2) / 3 characters, no terminator; returns the count. */
    size_t (*base64url)(swy_given_t bytes, char *out);
} swy_crypto_t;

/* RECORD. SWY_EXT_IMAGE. [pure] */
typedef struct swy_image {
    uint32_t struct_size;
    uint32_t reserved;
    /* Width and height in pixels from the head of a PNG, JPEG, GIF or WebP; false: none of these or cut too short. */
    bool (*size)(swy_given_t bytes, uint32_t *width, uint32_t *height);
} swy_image_t;

/* RECORD. SWY_EXT_TOKENS. [pure] */
typedef struct swy_tokens {
    uint32_t struct_size;
    uint32_t reserved;
    /* How many tokens `text` is for `model`; an unknown model counts as the newest known encoding. */
    uint64_t (*count)(swy_given_t model, swy_given_t text);
} swy_tokens_t;

/* RECORD. The host, towards init. Lives until deinit has returned. */
typedef struct swy_host {
    uint32_t struct_size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t reserved;
    const char *name;    /* "switchyard" */
    const char *version; /* "0.1.0" */
    void *context;
    /* [any] A table or ability by id, or NULL; the same answer each time. */
    const void *(*extension)(void *context, const char *id);
    /* [any] */
    void (*log)(void *context, uint32_t level, swy_given_t text);
} swy_host_t;

/* ---- What a plug-in offers -------------------------------------------------------------------------------------- */

/* RECORD. Room for a text that the plug-in writes: what went wrong, and the mend. */
typedef struct swy_text_out {
    uint32_t struct_size;
    uint32_t reserved;
    char *text;
    size_t capacity;
    size_t size; /* set by the plug-in; at most capacity */
} swy_text_out_t;

#define SWY_CAN_PREFILL 1u         /* continues an assistant message at the end of the request */
#define SWY_CAN_KEYED_IDS 2u       /* ids in answers are bound to the key: follow-ups must go to the same one */
#define SWY_CAN_THINK_UNSEEN 4u    /* reasons without showing it: output may be billed that nobody saw */

/* RECORD. A model that the provider offers by default; 0 in a limit: unknown. */
typedef struct swy_model {
    uint32_t struct_size;
    uint32_t reserved;
    const char *name;
    uint64_t max_input;
    uint64_t max_output;
} swy_model_t;

/* RECORD. What a provider says of itself. Constant data that lives as long as the plug-in; read once, after init.
 * Lists of texts end with NULL; a list may be NULL: empty. */
typedef struct swy_descriptor {
    uint32_t struct_size;
    uint32_t capabilities;       /* SWY_CAN_... */
    const char *id;              /* "anthropic": lower-case letters, digits, '-' and '_'; 1 to 64 characters */
    const char *name;            /* "Anthropic" */
    const char *vendor;
    const char *version;
    const char *home_page;       /* URL, or NULL */
    const char *icon;            /* SVG text, or NULL */
    const char *default_base_url; /* NULL: the channel must give one */
    const char *const *hosts;    /* further hosts that keyed requests may go to: "aip.baidubce.com" */
    const char *const *operations; /* SWY_OP_... */
    const char *const *dialects;   /* native ones; requests of others come as "common" */
    const uint32_t *type_numbers;  /* One API channel types that it serves */
    const swy_model_t *const *models;
    uint32_t type_number_count;
    uint32_t model_count;
    const char *key_hint;        /* "sk-ant-...", for the form */
    const char *config_schema;   /* JSON Schema of the channel's config object: the admin UI's form; NULL: no fields */
} swy_descriptor_t;

/* RECORD. */
typedef struct swy_channel_config {
    uint32_t struct_size;
    uint32_t reserved;
    swy_borrowed_t base_url; /* never empty where the descriptor has a default */
    swy_borrowed_t key;
    swy_borrowed_t config;   /* a JSON object; "{}" when nothing is set */
    uint32_t type_number;    /* the channel's One API type; 0: none */
    uint32_t reserved2;
} swy_channel_config_t;

typedef struct swy_channel swy_channel_t;   /* the plug-in's own, opaque */
typedef struct swy_exchange swy_exchange_t; /* the plug-in's own, opaque */

/* RECORD. */
typedef struct swy_provider {
    uint32_t struct_size;
    uint32_t reserved;
    const swy_descriptor_t *descriptor;

    /* [any] Checks the form and makes the immutable object that all exchanges of one (plug-in version, channel, key)
     * share. NULL: refused, `error` says which field and how to mend it. */
    swy_channel_t *(*channel_create)(const struct swy_provider *provider, const swy_channel_config_t *config,
                                     swy_text_out_t *error);
    /* [any] Once, after the last exchange of it was destroyed. */
    void (*channel_destroy)(swy_channel_t *channel);

    /* [any] `actions` lives until exchange_destroy has returned. NULL: out of memory. */
    swy_exchange_t *(*exchange_create)(const struct swy_provider *provider, swy_channel_t *channel,
                                       const swy_actions_t *actions);
    /* [exchange] The one entry. An event that leaves nothing outstanding (request, socket, timer, credential, media)
     * and did not finish is a fault: the host fails the exchange. After finish or fail no event follows. */
    void (*event)(swy_exchange_t *exchange, const swy_event_t *event);
    /* [exchange] Once; never from within an action. */
    void (*exchange_destroy)(swy_exchange_t *exchange);
} swy_provider_t;

/* RECORD, and the one exported symbol: `const swy_plugin_t switchyard_plugin`. The first 12 bytes are read from the file
 * before anything is loaded. */
typedef struct swy_plugin {
    uint32_t struct_size;
    uint32_t abi_major; /* SWY_ABI_MAJOR */
    uint32_t abi_minor; /* SWY_ABI_MINOR */
    uint32_t reserved;
    const char *const *required; /* ids of abilities without which it cannot work, ended by NULL; NULL: none */
    /* [main] Once after loading. False: refused, `error` says why. `host` lives until deinit has returned. */
    bool (*init)(const swy_host_t *host, swy_text_out_t *error);
    /* [main] Once, after the last channel was destroyed. */
    void (*deinit)(void);
    /* [any] The i-th provider, the same each time; NULL past the last. */
    const swy_provider_t *(*provider)(uint32_t index);
    /* [any] Extensions of the plug-in by id; NULL when absent. The member itself may be NULL. */
    const void *(*extension)(const char *id);
} swy_plugin_t;

#if defined(__GNUC__)
#define SWY_EXPORT __attribute__((visibility("default")))
#else
#define SWY_EXPORT
#endif

extern SWY_EXPORT const swy_plugin_t switchyard_plugin;

#ifdef __cplusplus
}
#endif

#endif
