/* minimal.c with one fault in what the plug-in object, its descriptor or its functions say: BAD_... chooses it. */
#define switchyard_plugin good_plugin
#include "../../../sdk/examples/minimal.c"
#undef switchyard_plugin
#include <unistd.h>

#if defined(BAD_MAJOR)
#define MAJOR 7u
#else
#define MAJOR SWY_ABI_MAJOR
#endif

#if defined(BAD_INIT_CRASH)
static bool bad_init(const swy_host_t *host, swy_text_out_t *error) { return (void)host, (void)error, abort(), true; }
#elif defined(BAD_INIT_HANG)
static bool bad_init(const swy_host_t *host, swy_text_out_t *error) { return (void)host, (void)error, pause(), true; }
#elif defined(BAD_INIT_REFUSES)
static bool bad_init(const swy_host_t *host, swy_text_out_t *error) { return (void)host, memcpy(error->text, "no licence", 10), error->size = 10, false; }
#elif defined(BAD_INIT_EXITS)
static bool bad_init(const swy_host_t *host, swy_text_out_t *error) { return (void)host, (void)error, _exit(0), true; }
#elif defined(BAD_UNRESOLVED)
bool nobody_defines_this(void);
static bool bad_init(const swy_host_t *host, swy_text_out_t *error) { return (void)host, (void)error, nobody_defines_this(); }
#else
#define bad_init init
#endif

#if defined(BAD_SECOND_SYMBOL)
SWY_EXPORT int second_symbol = 1;
#endif

#if defined(BAD_ERROR_OVERRUN)
static swy_channel_t *bad_channel(const swy_provider_t *p, const swy_channel_config_t *c, swy_text_out_t *error) {
    if (c->key.size == 19) return channel_create(p, c, error);
    memset(error->text, 'x', error->size = error->capacity + 1);
    return NULL;
}
#elif defined(BAD_SILENT_REFUSAL)
static swy_channel_t *bad_channel(const swy_provider_t *p, const swy_channel_config_t *c, swy_text_out_t *error) {
    return c->key.size == 0 ? NULL : channel_create(p, c, error);
}
#elif defined(BAD_REFUSES_OWN_FORM)
static swy_channel_t *bad_channel(const swy_provider_t *p, const swy_channel_config_t *c, swy_text_out_t *error) {
    return (void)p, (void)c, memcpy(error->text, "never", 5), error->size = 5, NULL;
}
#else
#define bad_channel channel_create
#endif

static const char *const bad_hosts[] = {"https://other.example", NULL};
static swy_descriptor_t bad_descriptor;
static swy_provider_t bad_echo;
static const swy_provider_t *bad_provider(uint32_t index) {
    bad_descriptor = descriptor;
#if defined(BAD_ID)
    bad_descriptor.id = "Bad Id";
#elif defined(BAD_SCHEMA)
    bad_descriptor.config_schema = "{\"type\":\"object\",}";
#elif defined(BAD_OPERATIONS)
    bad_descriptor.operations = NULL;
#elif defined(BAD_HOSTS)
    bad_descriptor.hosts = bad_hosts;
#endif
    (void)bad_hosts;
    (void)provider;
    bad_echo = echo;
    bad_echo.descriptor = &bad_descriptor;
    bad_echo.channel_create = bad_channel;
#if defined(BAD_TWICE)
    return index < 2 ? &bad_echo : NULL;
#else
    return index == 0 ? &bad_echo : NULL;
#endif
}
SWY_EXPORT const swy_plugin_t switchyard_plugin = {sizeof switchyard_plugin, MAJOR, SWY_ABI_MINOR, 0, NULL, bad_init, deinit, bad_provider, NULL};
