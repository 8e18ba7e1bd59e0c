"""`python -m tests.campaigns.launch DEFECT serve …`: the server with a defect planted in it, for campaigns that must find it."""

import sys

from forestapi.__main__ import main
from tests.campaigns.defects import DEFECTS

if __name__ == "__main__":
    DEFECTS[sys.argv.pop(1)].plant()
    main()
