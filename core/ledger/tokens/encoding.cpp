#include "ledger/tokens/encoding.h"

#include <array>

namespace switchyard::ledger
{

namespace
{

struct Named
{
    std::string_view name;
    Encoding encoding;
};

constexpr Named kNames[] = {
    {"cl100k_base", Encoding::cl100k}, {"o200k_base", Encoding::o200k}, {"o200k_harmony", Encoding::o200k},
    {"p50k_base", Encoding::p50k},     {"p50k_edit", Encoding::p50k},   {"r50k_base", Encoding::r50k},
    {"gpt2", Encoding::r50k},
};

constexpr Named kExact[] = {
    {"gpt-4", Encoding::cl100k},
    {"gpt-3.5", Encoding::cl100k},
    {"gpt-35-turbo", Encoding::cl100k},
    {"davinci-002", Encoding::cl100k},
    {"babbage-002", Encoding::cl100k},
    {"text-embedding-ada-002", Encoding::cl100k},
    {"text-embedding-3-small", Encoding::cl100k},
    {"text-embedding-3-large", Encoding::cl100k},
    {"text-davinci-003", Encoding::p50k},
    {"text-davinci-002", Encoding::p50k},
    {"davinci-codex", Encoding::p50k},
    {"cushman-codex", Encoding::p50k},
    {"text-davinci-edit-001", Encoding::p50k},
    {"text-davinci-001", Encoding::r50k},
    {"text-curie-001", Encoding::r50k},
    {"text-babbage-001", Encoding::r50k},
    {"text-ada-001", Encoding::r50k},
    {"davinci", Encoding::r50k},
    {"curie", Encoding::r50k},
    {"babbage", Encoding::r50k},
    {"ada", Encoding::r50k},
    {"gpt2", Encoding::r50k},
    {"gpt-2", Encoding::r50k},
};

/// In order: a prefix that another one begins with stands before it.
constexpr Named kPrefixes[] = {
    {"gpt-4o", Encoding::o200k},          {"chatgpt-4o-", Encoding::o200k},     {"gpt-4.1", Encoding::o200k},
    {"gpt-4.5-", Encoding::o200k},        {"gpt-5", Encoding::o200k},           {"gpt-oss-", Encoding::o200k},
    {"o1", Encoding::o200k},              {"o3", Encoding::o200k},              {"o4-mini", Encoding::o200k},
    {"ft:gpt-4o", Encoding::o200k},       {"ft:gpt-4.1", Encoding::o200k},      {"gpt-4-", Encoding::cl100k},
    {"gpt-3.5-turbo", Encoding::cl100k},  {"gpt-35-turbo", Encoding::cl100k},   {"ft:gpt-4", Encoding::cl100k},
    {"ft:gpt-3.5-turbo", Encoding::cl100k}, {"ft:davinci-002", Encoding::cl100k}, {"ft:babbage-002", Encoding::cl100k},
    {"code-davinci-edit-", Encoding::p50k}, {"code-davinci-", Encoding::p50k},  {"code-cushman-", Encoding::p50k},
    {"text-similarity-", Encoding::r50k}, {"text-search-", Encoding::r50k},     {"code-search-", Encoding::r50k},
};

} // namespace

std::string_view nameOf(Encoding encoding) noexcept
{
    constexpr std::array<std::string_view, kEncodings> names = {"cl100k_base", "o200k_base", "p50k_base", "r50k_base"};
    return names[static_cast<size_t>(encoding)];
}

std::optional<Encoding> encodingNamed(std::string_view name) noexcept
{
    for (const Named& known : kNames)
        if (known.name == name) return known.encoding;
    return std::nullopt;
}

ModelEncoding encodingOfModel(std::string_view model) noexcept
{
    for (const Named& exact : kExact)
        if (exact.name == model) return {exact.encoding, true};
    for (const Named& prefix : kPrefixes)
        if (model.starts_with(prefix.name)) return {prefix.encoding, true};
    return {Encoding::cl100k, false};
}

} // namespace switchyard::ledger
