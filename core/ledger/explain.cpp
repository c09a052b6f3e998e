#include "ledger/explain.h"

#include "ledger/row_detail.h"
#include "store/log_row.h"

#include <array>
#include <charconv>

namespace switchyard::ledger
{

namespace
{

std::string shortest(double value)
{
    std::array<char, 32> digits;
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

void addPart(std::string& line, int64_t tokens, std::string_view name, double ratio)
{
    if (tokens == 0) return;
    line.append(", of them ").append(std::to_string(tokens)).append(" ").append(name);
    if (ratio != 1) line.append(" x ").append(shortest(ratio));
}

std::string sumLine(const RowDetail& detail)
{
    const TokenUsage& usage = detail.usage;
    const Price& price = detail.price;
    std::string line = "tokens: " + std::to_string(usage.prompt) + " prompt";
    addPart(line, usage.cached, "cached", price.cached);
    addPart(line, usage.cacheWrite, "written to the cache", price.cacheWrite);
    addPart(line, usage.audioInput, "audio", price.audioInput);
    line += "; " + std::to_string(usage.completion) + " completion";
    addPart(line, usage.reasoning, "reasoning", price.reasoning);
    addPart(line, usage.audioOutput, "audio", price.audioOutput);
    return line;
}

std::string priceLine(const RowDetail& detail)
{
    const auto ratio = [](double value, const std::string& source) { return shortest(value) + (source.empty() ? "" : " (" + source + ")"); };
    return "price: (prompt + completion x " + ratio(detail.price.completion, detail.source.completion) + ") x model " +
           ratio(detail.price.model, detail.source.model) + " x group " + ratio(detail.price.group, detail.source.group) + ", rounded up";
}

void addFacts(std::vector<std::string>& lines, const store::LogRow& row, const RowDetail& detail)
{
    if (!detail.requestedModel.empty() && detail.requestedModel != row.modelName)
        lines.push_back("model: " + detail.requestedModel + " was asked for, " + row.modelName + " answered");
    if (detail.countedPrompt || detail.countedCompletion)
        lines.push_back("counted here: " + (detail.countedPrompt ? std::to_string(*detail.countedPrompt) : "-") + " prompt, " +
                        (detail.countedCompletion ? std::to_string(*detail.countedCompletion) : "-") + " completion");
    if (detail.loweredTo) lines.push_back("the output limit was lowered to " + std::to_string(*detail.loweredTo) + ": the balance left no more");
    if (detail.firstTokenMs) lines.push_back("first token after " + std::to_string(*detail.firstTokenMs) + " ms");
    for (const RowDetail::Attempt& attempt : detail.attempts)
        lines.push_back("attempt: channel " + std::to_string(attempt.channelId) + ", status " + std::to_string(attempt.status) + ", " +
                        std::to_string(attempt.ms) + " ms" + (attempt.error.empty() ? "" : ": " + attempt.error));
    if (detail.attemptsDropped != 0) lines.push_back("and " + std::to_string(detail.attemptsDropped) + " more attempts");
}

} // namespace

Explanation explainRow(const store::LogRow& row)
{
    Explanation explanation;
    auto& lines = explanation.lines;
    lines.push_back("branch " + (row.branch.empty() ? "unknown" : row.branch) + ", usage " +
                    (row.usageSource.empty() ? "unknown" : row.usageSource) + ": charged " + std::to_string(row.quota) + " points" +
                    (row.unpaid != 0 ? ", unpaid " + std::to_string(row.unpaid) : "") + ", held at most " + std::to_string(row.held));
    if (row.journalSeq == 0)
    {
        explanation.why = "this row is no charge of the ledger";
        return explanation;
    }
    const auto detail = readRowDetail(row.detail);
    if (row.usageSource == "none")
        explanation.due = 0; // nothing was delivered
    else if (!detail)
    {
        explanation.why = "the row has no detail that can be read";
        return explanation;
    }
    else if (detail->fixedPrice)
    {
        explanation.due = *detail->fixedPrice;
        lines.push_back("fixed price: " + std::to_string(explanation.due));
    }
    else
    {
        const auto due = charge(detail->usage, detail->price);
        explanation.due = due ? *due : 0; // what cannot be computed is not charged
        lines.push_back(sumLine(*detail));
        lines.push_back(priceLine(*detail));
        if (!due) lines.push_back("this comes to no charge: " + std::string(nameOf(due.error())));
        if (detail->usage.prompt != row.promptTokens || detail->usage.completion != row.completionTokens)
            explanation.why = "the row's tokens are not those of its detail";
    }
    if (detail) addFacts(lines, row, *detail);
    const int64_t charged = row.quota + row.unpaid;
    if (charged != explanation.due)
        explanation.why = "the row's numbers come to " + std::to_string(explanation.due) + ", it says " + std::to_string(charged);
    explanation.verdict = explanation.why.empty() ? Explanation::Verdict::agrees : Explanation::Verdict::differs;
    return explanation;
}

} // namespace switchyard::ledger
