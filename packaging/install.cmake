# Install rules by FHS.
