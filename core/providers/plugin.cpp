#include "providers/plugin.h"

#include "providers/abi_view.h"
#include "providers/host_services.h"
#include "providers/text_out.h"
#include "telemetry/log.h"

#include <set>

namespace switchyard::providers
{

namespace
{

constexpr uint32_t kMaxProviders = 1024;
constexpr size_t kMaxRequired = 64;

telemetry::Level levelOf(uint32_t level)
{
    switch (level)
    {
    case SWY_LOG_DEBUG:
        return telemetry::Level::debug;
    case SWY_LOG_WARNING:
        return telemetry::Level::warning;
    case SWY_LOG_ERROR:
        return telemetry::Level::error;
    default:
        return telemetry::Level::info;
    }
}

} // namespace

Plugin::Plugin(std::string name, std::string sha256, telemetry::Logger* log)
    : name_(std::move(name)), sha256_(std::move(sha256)),
      log_(log), host_{sizeof(swy_host_t), SWY_ABI_MAJOR,  SWY_ABI_MINOR, 0, "switchyard", kHostVersion, this,
                       &Plugin::extension, &Plugin::sayFor}
{
}

Result<Done, std::string> Plugin::begin(const swy_plugin_t& table)
{
    if (!SWY_HAS(&table, swy_plugin_t, provider))
        return failure(std::string("swy_plugin_t.struct_size is too small for ABI 0.1"));
    if (!table.init || !table.deinit || !table.provider)
        return failure(std::string("a function of switchyard_plugin is NULL"));
    if (table.required)
    {
        size_t count = 0;
        for (const char* const* id = table.required; *id; ++id)
        {
            if (++count > kMaxRequired) return failure(std::string("its list `required` has no end"));
            if (!hostExtension(*id))
                return failure("it requires '" + std::string(*id) +
                               "', which this gateway does not have; use a newer gateway or an older plug-in");
        }
    }
    TextRoom room;
    if (!table.init(&host_, room.out())) return failure("its init refused: " + room.text("without a reason"));
    table_ = &table;
    return Done{};
}

void Plugin::end() noexcept
{
    if (table_) table_->deinit();
    table_ = nullptr;
}

Result<std::vector<Plugin::Offer>, std::string> Plugin::offers() const
{
    std::vector<Offer> offers;
    std::set<std::string> ids;
    std::set<uint32_t> numbers;
    for (uint32_t i = 0; const swy_provider_t* provider = table_->provider(i); ++i)
    {
        if (i == kMaxProviders)
            return failure(std::string("it offers more than 1024 providers; provider() must end with NULL"));
        auto descriptor = readDescriptor(provider);
        if (!descriptor) return failure("provider " + std::to_string(i) + ": " + descriptor.error());
        if (!ids.insert(descriptor->id).second) return failure("it offers provider id '" + descriptor->id + "' twice");
        for (const uint32_t number : descriptor->typeNumbers)
            if (!numbers.insert(number).second)
                return failure("it claims channel type " + std::to_string(number) + " twice");
        offers.push_back({provider, std::move(*descriptor)});
    }
    if (offers.empty()) return failure(std::string("it offers no provider"));
    return offers;
}

void Plugin::say(uint32_t level, std::string_view text) const
{
    constexpr size_t kMaxLine = 4096;
    if (log_) log_->log(levelOf(level), "plug-in says", {{"plugin", name_}, {"text", text.substr(0, kMaxLine)}});
}

void Plugin::complain(std::string_view provider, std::string_view what) const
{
    if (log_)
        log_->error("plug-in broke a rule of the ABI",
                    {{"plugin", name_}, {"provider", provider}, {"sha256", sha256_}, {"what", what}});
}

void Plugin::tooSlow(std::string_view provider, uint32_t eventKind, int64_t microseconds) const
{
    if (log_)
        log_->warning(
            "plug-in took long for an event",
            {{"plugin", name_}, {"provider", provider}, {"event", eventKind}, {"microseconds", microseconds}});
}

const void* Plugin::extension(void*, const char* id) { return id ? hostExtension(id) : nullptr; }

void Plugin::sayFor(void* context, uint32_t level, swy_given_t text)
{
    static_cast<Plugin*>(context)->say(level, viewOf(text));
}

} // namespace switchyard::providers
