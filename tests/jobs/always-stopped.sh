#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A relapse that is always stopped before it finishes a block: for the rule that such a job is not started again for ever.
exit 75
