#include "ledger/tokens/prompt_counter.h"

#include <string>

namespace switchyard::ledger
{

namespace
{

constexpr int64_t kPerMessage = 3, kPerName = 1, kPerRequest = 3;
constexpr int64_t kOldPerMessage = 4, kOldPerName = -1;
// The constants of the published estimate for tools.
constexpr int64_t kProperties = 3, kPerProperty = 3, kEnum = -3, kPerEnumItem = 3, kTools = 12;
constexpr int64_t kPerFunction = 7, kOldPerFunction = 10;

std::string_view withoutFullStop(std::string_view text) noexcept
{
    if (text.ends_with('.')) text.remove_suffix(1);
    return text;
}

} // namespace

PromptCounter::PromptCounter(Vocabularies& vocabularies, std::string_view model)
    : vocabularies_(&vocabularies), encoding_(encodingOfModel(model).encoding),
      oldRules_(model == "gpt-3.5-turbo-0301"),
      perFunction_(encoding_ == Encoding::o200k ? kPerFunction : kOldPerFunction)
{
}

void PromptCounter::message(std::string_view role)
{
    tokens_ += (oldRules_ ? kOldPerMessage : kPerMessage) + tokensOf(role);
}

void PromptCounter::name(std::string_view name)
{
    if (!name.empty()) tokens_ += (oldRules_ ? kOldPerName : kPerName) + tokensOf(name);
}

void PromptCounter::text(std::string_view text) { tokens_ += tokensOf(text); }

int64_t PromptCounter::tokensOfLine(std::string_view first, std::string_view second, std::string_view last)
{
    std::string line(first);
    line += ':';
    if (!second.empty()) line.append(second) += ':';
    return tokensOf(line.append(withoutFullStop(last)));
}

void PromptCounter::tool(std::string_view name, std::string_view description)
{
    tools_ = true;
    propertySeen_ = enumSeen_ = false;
    tokens_ += perFunction_ + tokensOfLine(name, {}, description);
}

void PromptCounter::property(std::string_view key, std::string_view type, std::string_view description)
{
    if (!propertySeen_) tokens_ += kProperties;
    propertySeen_ = true;
    enumSeen_ = false;
    tokens_ += kPerProperty + tokensOfLine(key, type, description);
}

void PromptCounter::enumItem(std::string_view item)
{
    if (!enumSeen_) tokens_ += kEnum;
    enumSeen_ = true;
    tokens_ += kPerEnumItem + tokensOf(item);
}

int64_t PromptCounter::total() const noexcept { return tokens_ + kPerRequest + (tools_ ? kTools : 0); }

} // namespace switchyard::ledger
