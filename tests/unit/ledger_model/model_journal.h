// The journal of the model: records in memory, or the product's journal file on a simulated disk.
#pragma once

#include "ledger/journal/record.h"
#include "ledger/journal/recovery.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ledger_model
{

class ModelJournal
{
public:
    virtual ~ModelJournal() = default;
    virtual std::unique_ptr<ModelJournal> clone() const = 0;
    virtual std::string id() const = 0;
    /// Writes it: a death of the process does not take it any more.
    virtual void append(const switchyard::ledger::Record& record) = 0;
    /// Everything that is written, in order.
    virtual std::span<const switchyard::ledger::Numbered> records() const = 0;
    /// The process has died. What a new one finds; ready for its records.
    virtual switchyard::ledger::Recovery restart() = 0;
    /// What the journal itself found wrong with what it gave back; empty: nothing.
    virtual std::string complaint() const { return {}; }
};

class MemoryJournal final : public ModelJournal
{
public:
    std::unique_ptr<ModelJournal> clone() const override { return std::make_unique<MemoryJournal>(*this); }
    std::string id() const override { return "journal"; }
    void append(const switchyard::ledger::Record& record) override;
    std::span<const switchyard::ledger::Numbered> records() const override { return records_; }
    switchyard::ledger::Recovery restart() override;

private:
    std::vector<switchyard::ledger::Numbered> records_;
};

/// `onDisk`: the product's journal file on a simulated disk.
std::unique_ptr<ModelJournal> makeJournal(bool onDisk);

} // namespace ledger_model
