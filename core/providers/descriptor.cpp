#include "providers/descriptor.h"

#include "base/text.h"

#include <algorithm>
#include <cstring>

namespace switchyard::providers
{

namespace
{

// Far above anything sensible: they only keep a broken plug-in from leading the reader astray.
constexpr size_t kMaxText = size_t{1} << 20;
constexpr size_t kMaxListed = 4096;

/// Reads the members of one descriptor and remembers the first rule that was broken.
class Reader
{
public:
    void text(std::string& into, const char* from, const char* member)
    {
        if (!from) return;
        const size_t size = strnlen(from, kMaxText);
        if (size == kMaxText)
            broken(member, "is longer than 1 MiB");
        else
            into.assign(from, size);
    }

    void texts(std::vector<std::string>& into, const char* const* from, const char* member)
    {
        if (!from) return;
        for (; *from; ++from)
        {
            if (into.size() == kMaxListed)
                return broken(member, "has more than 4096 entries; is its NULL at the end missing?");
            text(into.emplace_back(), *from, member);
        }
    }

    void broken(const char* member, const char* rule)
    {
        if (error_.empty()) error_ = std::string("descriptor member '") + member + "' " + rule;
    }

    const std::string& error() const { return error_; }

private:
    std::string error_;
};

bool isId(std::string_view id)
{
    if (id.empty() || id.size() > 64) return false;
    return std::all_of(id.begin(), id.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

bool contains(const std::vector<std::string>& list, std::string_view item) noexcept
{
    return std::find(list.begin(), list.end(), item) != list.end();
}

std::string missingFunction(const swy_provider_t& table)
{
    if (!table.channel_create) return "channel_create";
    if (!table.channel_destroy) return "channel_destroy";
    if (!table.exchange_create) return "exchange_create";
    if (!table.event) return "event";
    if (!table.exchange_destroy) return "exchange_destroy";
    return {};
}

} // namespace

bool Descriptor::offers(std::string_view operation) const noexcept { return contains(operations, operation); }

bool Descriptor::speaks(std::string_view dialect) const noexcept { return contains(dialects, dialect); }

Result<Descriptor, std::string> readDescriptor(const swy_provider_t* provider)
{
    if (!provider) return failure(std::string("the provider is NULL"));
    if (!SWY_HAS(provider, swy_provider_t, exchange_destroy))
        return failure(std::string("swy_provider_t.struct_size is too small for ABI 0.1"));
    if (const std::string missing = missingFunction(*provider); !missing.empty())
        return failure("swy_provider_t." + missing + " is NULL");
    const swy_descriptor_t* from = provider->descriptor;
    if (!from) return failure(std::string("swy_provider_t.descriptor is NULL"));
    if (!SWY_HAS(from, swy_descriptor_t, config_schema))
        return failure(std::string("swy_descriptor_t.struct_size is too small for ABI 0.1"));

    Reader read;
    Descriptor to;
    to.capabilities = from->capabilities;
    read.text(to.id, from->id, "id");
    read.text(to.name, from->name, "name");
    read.text(to.vendor, from->vendor, "vendor");
    read.text(to.version, from->version, "version");
    read.text(to.homePage, from->home_page, "home_page");
    read.text(to.icon, from->icon, "icon");
    read.text(to.defaultBaseUrl, from->default_base_url, "default_base_url");
    read.text(to.keyHint, from->key_hint, "key_hint");
    read.text(to.configSchema, from->config_schema, "config_schema");
    read.texts(to.hosts, from->hosts, "hosts");
    read.texts(to.operations, from->operations, "operations");
    read.texts(to.dialects, from->dialects, "dialects");
    for (std::string& host : to.hosts)
        host = lowerAscii(std::string_view(host));

    if (from->type_number_count > kMaxListed)
        read.broken("type_number_count", "is over 4096");
    else if (from->type_number_count && !from->type_numbers)
        read.broken("type_numbers", "is NULL though type_number_count is not 0");
    else if (from->type_numbers)
        to.typeNumbers.assign(from->type_numbers, from->type_numbers + from->type_number_count);
    if (from->model_count > kMaxListed)
        read.broken("model_count", "is over 4096");
    else if (from->model_count && !from->models)
        read.broken("models", "is NULL though model_count is not 0");
    else
        for (uint32_t i = 0; i < from->model_count; ++i)
        {
            const swy_model_t* model = from->models[i];
            if (!model || !SWY_HAS(model, swy_model_t, max_output))
            {
                read.broken("models", "has an entry that is NULL or too small");
                break;
            }
            ProviderModel& copy = to.models.emplace_back();
            read.text(copy.name, model->name, "models");
            copy.maxInput = model->max_input;
            copy.maxOutput = model->max_output;
        }

    if (!isId(to.id)) read.broken("id", "must be 1 to 64 of a-z, 0-9, '-' and '_'");
    if (to.name.empty()) read.broken("name", "is missing");
    if (to.version.empty()) read.broken("version", "is missing");
    if (to.operations.empty()) read.broken("operations", "is empty: the provider offers nothing");
    if (!read.error().empty())
        return failure((to.id.empty() ? std::string() : "provider '" + to.id + "': ") + read.error());
    return to;
}

} // namespace switchyard::providers
