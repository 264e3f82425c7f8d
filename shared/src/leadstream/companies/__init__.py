"""What makes a company the same company, wherever it is heard of."""

from leadstream.companies.domains import company_domain

__all__ = ["company_domain"]
