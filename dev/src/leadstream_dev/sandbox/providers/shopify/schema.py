"""The part of Shopify's schema that companies take. What is not in it is refused as Shopify refuses it."""

from graphql import GraphQLSchema, build_schema

from leadstream_dev.sandbox.providers.shopify.places import COUNTRIES

_ERRORS = "userErrors: [BusinessCustomerUserError!]!"

SDL = f"""
scalar DateTime
enum CountryCode {{ {" ".join(COUNTRIES)} }}
enum BusinessCustomerErrorCode {{
  BLANK FAILED_TO_DELETE INTERNAL_ERROR INVALID INVALID_INPUT LIMIT_REACHED NO_INPUT REQUIRED RESOURCE_NOT_FOUND
  TAKEN TOO_LONG UNEXPECTED_TYPE
}}
interface Node {{ id: ID! }}
type BusinessCustomerUserError {{ field: [String!] message: String! code: BusinessCustomerErrorCode }}
type PageInfo {{ hasNextPage: Boolean! endCursor: String }}
type Shop implements Node {{ id: ID! name: String! myshopifyDomain: String! }}
type AccessScope {{ handle: String! description: String! }}
type AppInstallation implements Node {{ id: ID! accessScopes: [AccessScope!]! }}
type CustomerEmailAddress {{ emailAddress: String! }}
type CustomerPhoneNumber {{ phoneNumber: String! }}
type Customer implements Node {{
  id: ID! firstName: String lastName: String
  defaultEmailAddress: CustomerEmailAddress defaultPhoneNumber: CustomerPhoneNumber
}}
type CompanyContact implements Node {{
  id: ID! title: String isMainContact: Boolean! customer: Customer! company: Company!
}}
type CompanyContactConnection {{ nodes: [CompanyContact!]! pageInfo: PageInfo! }}
type CompanyAddress implements Node {{
  id: ID! address1: String city: String zoneCode: String zip: String countryCode: CountryCode!
}}
type CompanyLocation implements Node {{ id: ID! name: String! shippingAddress: CompanyAddress }}
type CompanyLocationConnection {{ nodes: [CompanyLocation!]! pageInfo: PageInfo! }}
type Company implements Node {{
  id: ID! name: String! externalId: String note: String mainContact: CompanyContact
  contacts(first: Int, after: String): CompanyContactConnection!
  locations(first: Int, after: String): CompanyLocationConnection!
}}
type CompanyConnection {{ nodes: [Company!]! pageInfo: PageInfo! }}
input CustomerIdentifierInput {{ id: ID emailAddress: String phoneNumber: String }}
input CompanyInput {{ name: String note: String externalId: String customerSince: DateTime }}
input CompanyContactInput {{
  email: String firstName: String lastName: String title: String locale: String phone: String
}}
input CompanyAddressInput {{
  address1: String address2: String city: String zip: String recipient: String firstName: String lastName: String
  phone: String zoneCode: String countryCode: CountryCode
}}
input CompanyLocationInput {{
  name: String phone: String locale: String externalId: String note: String billingSameAsShipping: Boolean
  billingAddress: CompanyAddressInput shippingAddress: CompanyAddressInput
}}
input CompanyCreateInput {{
  company: CompanyInput! companyContact: CompanyContactInput companyLocation: CompanyLocationInput
}}
type CompanyCreatePayload {{ company: Company {_ERRORS} }}
type CompanyUpdatePayload {{ company: Company {_ERRORS} }}
type CompanyContactCreatePayload {{ companyContact: CompanyContact {_ERRORS} }}
type CompanyContactUpdatePayload {{ companyContact: CompanyContact {_ERRORS} }}
type CompanyAssignCustomerAsContactPayload {{ companyContact: CompanyContact {_ERRORS} }}
type CompanyContactRemoveFromCompanyPayload {{ removedCompanyContactId: ID {_ERRORS} }}
type CompanyContactDeletePayload {{ deletedCompanyContactId: ID {_ERRORS} }}
type CompanyContactSendWelcomeEmailPayload {{ companyContact: CompanyContact {_ERRORS} }}
type Query {{
  shop: Shop!
  currentAppInstallation: AppInstallation!
  companies(first: Int, after: String, query: String): CompanyConnection!
  company(id: ID!): Company
  customerByIdentifier(identifier: CustomerIdentifierInput!): Customer
  nodes(ids: [ID!]!): [Node]!
}}
type Mutation {{
  companyCreate(input: CompanyCreateInput!): CompanyCreatePayload
  companyUpdate(companyId: ID!, input: CompanyInput!): CompanyUpdatePayload
  companyContactCreate(companyId: ID!, input: CompanyContactInput!): CompanyContactCreatePayload
  companyContactUpdate(companyContactId: ID!, input: CompanyContactInput!): CompanyContactUpdatePayload
  companyAssignCustomerAsContact(companyId: ID!, customerId: ID!): CompanyAssignCustomerAsContactPayload
  companyContactRemoveFromCompany(companyContactId: ID!): CompanyContactRemoveFromCompanyPayload
  companyContactDelete(companyContactId: ID!): CompanyContactDeletePayload
  companyContactSendWelcomeEmail(companyContactId: ID!): CompanyContactSendWelcomeEmailPayload
}}
"""

SCHEMA: GraphQLSchema = build_schema(SDL)
