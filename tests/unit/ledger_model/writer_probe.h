// Looks into a LedgerWriter, and copies one with all that it knows.
#pragma once

#include "ledger/writer/ledger_writer.h"

#include <memory>

namespace switchyard::ledger
{

struct WriterProbe
{
    /// A copy with accounts of its own on which nothing is held: `whole` of each is what its holds and the rest add up to.
    static std::unique_ptr<LedgerWriter> fork(const LedgerWriter& from, Books& books, WriterEvents& events)
    {
        auto copy = std::make_unique<LedgerWriter>(books, events, from.journal_);
        for (const auto& [key, known] : from.accounts_)
        {
            LedgerWriter::Known forked = known;
            forked.account = std::make_shared<Account>(key.first, key.second, known.account->whole());
            copy->accounts_.emplace(key, std::move(forked));
        }
        copy->known_ = from.known_;
        copy->looks_ = from.looks_;
        copy->position_ = from.position_;
        copy->seen_ = from.seen_;
        copy->entryMark_ = from.entryMark_;
        copy->lastTime_ = from.lastTime_;
        copy->doubt_ = from.doubt_;
        copy->finished_ = from.finished_;
        return copy;
    }

    struct Seen
    {
        AccountPtr account;
        int64_t column = 0;
        int64_t accounted = 0;
    };
    static Seen account(const LedgerWriter& writer, AccountKind kind, int64_t id)
    {
        const auto found = writer.accounts_.find({kind, id});
        if (found == writer.accounts_.end()) return {};
        return {found->second.account, found->second.column, found->second.accounted};
    }
    static bool doubts(const LedgerWriter& writer) { return writer.doubt_.has_value(); }
    static bool hasAnswer(const LedgerWriter& writer) { return writer.finished_.has_value(); }
    static int64_t entryMark(const LedgerWriter& writer) { return writer.entryMark_; }
};

} // namespace switchyard::ledger
