/* A plug-in for tests of the host: answers with its VERSION. What else it does, the macros of its target say. */
#include <switchyard/provider.h>

#include <stdlib.h>
#include <string.h>

#ifndef ID
#define ID "answering"
#endif
#ifndef VERSION
#define VERSION "1"
#endif
#ifndef MAJOR
#define MAJOR SWY_ABI_MAJOR
#endif

struct swy_exchange { const swy_actions_t *actions; int ticks; };

/* How often it says its version, and how long it waits before each time but the first. */
#ifndef TICKS
#define TICKS 1
#endif
#define TICK_MS 50

#ifdef CALLS_UNKNOWN
void nobody_defines_this(void);
#endif
#ifdef SECOND_EXPORT
__attribute__((visibility("default"))) int second_export = 1;
#endif
#ifdef CRASH_AT_LOAD
__attribute__((constructor)) static void crash(void) { abort(); }
#endif
#ifdef HANG_AT_LOAD
__attribute__((constructor)) static void hang(void) { for (volatile unsigned i = 0;; ++i) {} }
#endif
#ifdef SOCKET_AT_LOAD
#include <sys/socket.h>
__attribute__((constructor)) static void call(void) { (void)socket(AF_INET, SOCK_STREAM, 0); }
#endif

static swy_channel_t *channel_create(const swy_provider_t *provider, const swy_channel_config_t *config, swy_text_out_t *error)
{
    static char channel;
    (void)provider;
    if (config->key.size > 0) return (swy_channel_t *)&channel;
    error->size = 12;
    memcpy(error->text, "key is empty", 12);
    return NULL;
}

static void channel_destroy(swy_channel_t *channel) { (void)channel; }

static swy_exchange_t *exchange_create(const swy_provider_t *provider, swy_channel_t *channel, const swy_actions_t *actions)
{
    swy_exchange_t *exchange = actions->alloc(actions->context, sizeof(*exchange));
    (void)provider;
    (void)channel;
    if (exchange) exchange->actions = actions;
    return exchange;
}

static void event(swy_exchange_t *exchange, const swy_event_t *event_)
{
    const swy_actions_t *actions = exchange->actions;
    swy_delta_t delta = {.struct_size = sizeof(delta), .kind = SWY_DELTA_TEXT, .text = {VERSION, sizeof(VERSION) - 1}};
    if (event_->kind != SWY_EVENT_START && event_->kind != SWY_EVENT_TIMER) return;
    actions->delta(actions->context, &delta);
    if (++exchange->ticks < TICKS)
    {
        actions->timer_start(actions->context, 1, TICK_MS);
        return;
    }
    delta.kind = SWY_DELTA_STOP;
    delta.text.size = 0;
    delta.name.data = "stop";
    delta.name.size = 4;
    actions->delta(actions->context, &delta);
    actions->finish(actions->context);
}

static void exchange_destroy(swy_exchange_t *exchange) { (void)exchange; }

static const char *const operations[] = {SWY_OP_CHAT, NULL};
static const char *const dialects[] = {SWY_DIALECT_OPENAI, NULL};
#ifdef TYPE
static const uint32_t types[] = {TYPE};
#endif

static const swy_descriptor_t descriptor = {
    .struct_size = sizeof(descriptor),
    .id = ID,
    .name = "Answering",
    .version = VERSION,
    .operations = operations,
    .dialects = dialects,
#ifdef TYPE
    .type_numbers = types,
    .type_number_count = 1,
#endif
};

static const swy_provider_t the_provider = {
    .struct_size = sizeof(the_provider),
    .descriptor = &descriptor,
    .channel_create = channel_create,
    .channel_destroy = channel_destroy,
    .exchange_create = exchange_create,
    .event = event,
    .exchange_destroy = exchange_destroy,
};

static bool init(const swy_host_t *host, swy_text_out_t *error)
{
    (void)host;
    (void)error;
#ifdef CALLS_UNKNOWN
    nobody_defines_this();
#endif
#ifdef CRASH_IN_INIT
    abort();
#endif
#ifdef REFUSES
    error->size = 9;
    memcpy(error->text, "not today", 9);
    return false;
#else
    return true;
#endif
}

static void deinit(void) {}

static const swy_provider_t *provider_at(uint32_t index) { return index == 0 ? &the_provider : NULL; }

#ifdef REQUIRES
static const char *const required_list[] = {REQUIRES, NULL};
#else
#define required_list NULL
#endif

SWY_EXPORT const swy_plugin_t switchyard_plugin = {
    .struct_size = sizeof(swy_plugin_t),
    .abi_major = MAJOR,
    .abi_minor = SWY_ABI_MINOR,
    .required = required_list,
    .init = init,
    .deinit = deinit,
    .provider = provider_at,
};
