// Records of requests that could have been.
#pragma once

#include "ledger/journal/record.h"

namespace switchyard::journal_test
{

inline ledger::RowFacts sampleFacts(uint64_t number)
{
    ledger::RowFacts facts;
    facts.requestId = "20261125093000123456789" + std::to_string(10'000'000 + number);
    facts.userName = "alice";
    facts.tokenName = "kitchen";
    facts.model = "gpt-4o-mini";
    facts.upstreamId = "chatcmpl-" + std::to_string(number * 7919);
    facts.finish = "stop";
    facts.detail = R"({"ratio":0.075,"attempts":[{"channel":3,"status":200}]})";
    facts.createdAt = 1'795'599'000'000 + static_cast<int64_t>(number);
    facts.elapsedMs = 1234;
    return facts;
}

inline ledger::BeginRecord sampleBegin(uint64_t number, uint64_t ticket)
{
    ledger::BeginRecord begin;
    begin.ticket = ticket;
    begin.parties = {7, 11, true, 3};
    begin.facts = sampleFacts(number);
    begin.facts.stream = true;
    begin.held = 4000;
    begin.price[0] = 0.075;
    begin.price[1] = 1.0;
    begin.price[2] = 4.0;
    begin.promptTokens = 19;
    return begin;
}

inline ledger::SettleRecord sampleSettle(uint64_t number, uint64_t ticket = 0)
{
    ledger::SettleRecord settle;
    settle.ticket = ticket;
    settle.parties = {7, 11, true, 3};
    settle.facts = sampleFacts(number);
    settle.quota = static_cast<int64_t>(number * 3 + 1);
    settle.held = 4000;
    settle.promptTokens = 19;
    settle.completionTokens = static_cast<int64_t>(number);
    settle.branch = "usage";
    settle.usageSource = "reported";
    return settle;
}

} // namespace switchyard::journal_test
