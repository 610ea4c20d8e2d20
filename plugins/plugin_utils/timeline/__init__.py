# Copyright (c) 2026, nxapi.events contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record of a change, drawn: `record` reads its entries, `lanes` works out what was when, `page` writes the HTML.

Pure, but that `page` reads the style and the scripts, which lie in the folder ``assets``.
"""
