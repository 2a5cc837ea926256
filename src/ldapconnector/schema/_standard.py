"""The schema that most directories share, as data.

Each line is one definition, ``number names fields``; ``@15`` stands for ``SYNTAX`` and the
syntax of that number below 1.3.6.1.4.1.1466.115.121.1. Facts from RFC 4512, 4519, 4524, 2798,
2307, 4530, 5020, 3673, 3296 and draft-behera-ldap-password-policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["STANDARD"]

_SYNTAX: Final = "1.3.6.1.4.1.1466.115.121.1."

_TEXT: Final = "EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch"
_IA5: Final = "EQUALITY caseIgnoreIA5Match SUBSTR caseIgnoreIA5SubstringsMatch"
_EXACT_IA5: Final = "EQUALITY caseExactIA5Match"
_WHOLE: Final = "EQUALITY integerMatch ORDERING integerOrderingMatch"
_TIME: Final = "EQUALITY generalizedTimeMatch ORDERING generalizedTimeOrderingMatch"
_NAME: Final = "EQUALITY distinguishedNameMatch"
_OID: Final = "EQUALITY objectIdentifierMatch"
_FIRST: Final = "EQUALITY objectIdentifierFirstComponentMatch"
_PHONE: Final = "EQUALITY telephoneNumberMatch SUBSTR telephoneNumberSubstringsMatch"
_DIGITS: Final = "EQUALITY numericStringMatch SUBSTR numericStringSubstringsMatch"
_LIST: Final = "EQUALITY caseIgnoreListMatch SUBSTR caseIgnoreListSubstringsMatch"
_SERVER: Final = "NO-USER-MODIFICATION USAGE directoryOperation"
_ONE_SERVER: Final = f"SINGLE-VALUE {_SERVER}"

# RFC 4512, 4530, 5020, 3673 and what OpenLDAP adds of its own.
_OPERATIONAL: Final = f"""
2.5.4.0 objectClass {_OID} @38
2.5.21.9 structuralObjectClass {_OID} @38 {_ONE_SERVER}
2.5.18.1 createTimestamp {_TIME} @24 {_ONE_SERVER}
2.5.18.2 modifyTimestamp {_TIME} @24 {_ONE_SERVER}
2.5.18.3 creatorsName {_NAME} @12 {_ONE_SERVER}
2.5.18.4 modifiersName {_NAME} @12 {_ONE_SERVER}
2.5.18.9 hasSubordinates EQUALITY booleanMatch @7 {_ONE_SERVER}
2.5.18.10 subschemaSubentry {_NAME} @12 {_ONE_SERVER}
1.3.6.1.1.20 entryDN {_NAME} @12 {_ONE_SERVER}
1.3.6.1.1.16.4 entryUUID EQUALITY UUIDMatch ORDERING UUIDOrderingMatch SYNTAX 1.3.6.1.1.16.1 {_ONE_SERVER}
1.3.6.1.4.1.4203.666.1.7 entryCSN EQUALITY CSNMatch ORDERING CSNOrderingMatch SYNTAX 1.3.6.1.4.1.4203.666.11.2.1{{64}} {_ONE_SERVER}
1.3.6.1.4.1.4203.666.1.25 contextCSN EQUALITY CSNMatch ORDERING CSNOrderingMatch SYNTAX 1.3.6.1.4.1.4203.666.11.2.1{{64}} NO-USER-MODIFICATION USAGE dSAOperation
1.3.6.1.4.1.453.16.2.103 numSubordinates {_WHOLE} @27 {_ONE_SERVER}
1.2.840.113556.1.2.102 memberOf {_NAME} @12 NO-USER-MODIFICATION USAGE dSAOperation
1.3.6.1.4.1.1466.101.120.6 altServer @26 USAGE dSAOperation
1.3.6.1.4.1.1466.101.120.5 namingContexts {_NAME} @12 USAGE dSAOperation
1.3.6.1.4.1.1466.101.120.13 supportedControl @38 USAGE dSAOperation
1.3.6.1.4.1.1466.101.120.7 supportedExtension @38 USAGE dSAOperation
1.3.6.1.4.1.1466.101.120.15 supportedLDAPVersion @27 USAGE dSAOperation
1.3.6.1.4.1.1466.101.120.14 supportedSASLMechanisms @15 USAGE dSAOperation
1.3.6.1.4.1.4203.1.3.5 supportedFeatures {_OID} @38 USAGE dSAOperation
1.3.6.1.1.4 vendorName EQUALITY caseExactMatch @15 SINGLE-VALUE NO-USER-MODIFICATION USAGE dSAOperation
1.3.6.1.1.5 vendorVersion EQUALITY caseExactMatch @15 SINGLE-VALUE NO-USER-MODIFICATION USAGE dSAOperation
2.5.18.6 subtreeSpecification @45 SINGLE-VALUE USAGE directoryOperation
2.5.21.4 matchingRules {_FIRST} @30 USAGE directoryOperation
2.5.21.5 attributeTypes {_FIRST} @3 USAGE directoryOperation
2.5.21.6 objectClasses {_FIRST} @37 USAGE directoryOperation
2.5.21.8 matchingRuleUse {_FIRST} @31 USAGE directoryOperation
1.3.6.1.4.1.1466.101.120.16 ldapSyntaxes {_FIRST} @54 USAGE directoryOperation
2.5.21.1 dITStructureRules EQUALITY integerFirstComponentMatch @17 USAGE directoryOperation
2.5.21.7 nameForms {_FIRST} @35 USAGE directoryOperation
2.5.21.2 dITContentRules {_FIRST} @16 USAGE directoryOperation
2.5.4.1 aliasedObjectName,aliasedEntryName {_NAME} @12 SINGLE-VALUE
2.16.840.1.113730.3.1.34 ref EQUALITY caseExactMatch @15 USAGE distributedOperation
1.3.6.1.4.1.1466.101.119.3 entryTtl @27 SINGLE-VALUE NO-USER-MODIFICATION USAGE dSAOperation
1.3.6.1.4.1.1466.101.119.4 dynamicSubtrees @12 NO-USER-MODIFICATION USAGE dSAOperation
"""

# RFC 4519 and 2256.
_CORE: Final = f"""
2.5.4.41 name {_TEXT} @15{{32768}}
2.5.4.49 distinguishedName {_NAME} @12
2.5.4.2 knowledgeInformation EQUALITY caseIgnoreMatch @15{{32768}}
2.5.4.3 cn,commonName SUP name
2.5.4.4 sn,surname SUP name
2.5.4.5 serialNumber {_TEXT} @44{{64}}
2.5.4.6 c,countryName SUP name @11 SINGLE-VALUE
2.5.4.7 l,localityName SUP name
2.5.4.8 st,stateOrProvinceName SUP name
2.5.4.9 street,streetAddress {_TEXT} @15{{128}}
2.5.4.10 o,organizationName SUP name
2.5.4.11 ou,organizationalUnitName SUP name
2.5.4.12 title SUP name
2.5.4.13 description {_TEXT} @15{{1024}}
2.5.4.14 searchGuide @25
2.5.4.15 businessCategory {_TEXT} @15{{128}}
2.5.4.16 postalAddress {_LIST} @41
2.5.4.17 postalCode {_TEXT} @15{{40}}
2.5.4.18 postOfficeBox {_TEXT} @15{{40}}
2.5.4.19 physicalDeliveryOfficeName {_TEXT} @15{{128}}
2.5.4.20 telephoneNumber {_PHONE} @50{{32}}
2.5.4.21 telexNumber @52
2.5.4.22 teletexTerminalIdentifier @51
2.5.4.23 facsimileTelephoneNumber,fax @22
2.5.4.24 x121Address {_DIGITS} @36{{15}}
2.5.4.25 internationaliSDNNumber {_DIGITS} @36{{16}}
2.5.4.26 registeredAddress SUP postalAddress @41
2.5.4.27 destinationIndicator {_TEXT} @44{{128}}
2.5.4.28 preferredDeliveryMethod @14 SINGLE-VALUE
2.5.4.29 presentationAddress EQUALITY presentationAddressMatch @43 SINGLE-VALUE
2.5.4.30 supportedApplicationContext {_OID} @38
2.5.4.31 member SUP distinguishedName
2.5.4.32 owner SUP distinguishedName
2.5.4.33 roleOccupant SUP distinguishedName
2.5.4.34 seeAlso SUP distinguishedName
2.5.4.35 userPassword EQUALITY octetStringMatch @40{{128}}
2.5.4.36 userCertificate EQUALITY certificateExactMatch @8
2.5.4.37 cACertificate EQUALITY certificateExactMatch @8
2.5.4.38 authorityRevocationList @9
2.5.4.39 certificateRevocationList @9
2.5.4.40 crossCertificatePair @10
2.5.4.42 givenName,gn SUP name
2.5.4.43 initials SUP name
2.5.4.44 generationQualifier SUP name
2.5.4.45 x500UniqueIdentifier EQUALITY bitStringMatch @6
2.5.4.46 dnQualifier EQUALITY caseIgnoreMatch ORDERING caseIgnoreOrderingMatch SUBSTR caseIgnoreSubstringsMatch @44
2.5.4.47 enhancedSearchGuide @21
2.5.4.48 protocolInformation EQUALITY protocolInformationMatch @42
2.5.4.50 uniqueMember EQUALITY uniqueMemberMatch @34
2.5.4.51 houseIdentifier {_TEXT} @15{{32768}}
2.5.4.52 supportedAlgorithms @49
2.5.4.53 deltaRevocationList @9
2.5.4.54 dmdName SUP name
2.5.4.65 pseudonym SUP name
0.9.2342.19200300.100.1.1 uid,userid {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.3 mail,rfc822Mailbox {_IA5} @26{{256}}
0.9.2342.19200300.100.1.25 dc,domainComponent {_IA5} @26 SINGLE-VALUE
0.9.2342.19200300.100.1.37 associatedDomain {_IA5} @26
1.2.840.113549.1.9.1 email,emailAddress,pkcs9email {_IA5} @26{{128}}
1.3.6.1.4.1.250.1.57 labeledURI EQUALITY caseExactMatch @15
"""

# RFC 4524 and 1274.
_COSINE: Final = f"""
0.9.2342.19200300.100.1.2 textEncodedORAddress {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.4 info {_TEXT} @15{{2048}}
0.9.2342.19200300.100.1.5 drink,favouriteDrink {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.6 roomNumber {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.7 photo @23{{25000}}
0.9.2342.19200300.100.1.8 userClass {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.9 host {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.10 manager {_NAME} @12
0.9.2342.19200300.100.1.11 documentIdentifier {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.12 documentTitle {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.13 documentVersion {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.14 documentAuthor {_NAME} @12
0.9.2342.19200300.100.1.15 documentLocation {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.20 homePhone,homeTelephoneNumber {_PHONE} @50
0.9.2342.19200300.100.1.21 secretary {_NAME} @12
0.9.2342.19200300.100.1.38 associatedName {_NAME} @12
0.9.2342.19200300.100.1.39 homePostalAddress {_LIST} @41
0.9.2342.19200300.100.1.40 personalTitle {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.41 mobile,mobileTelephoneNumber {_PHONE} @50
0.9.2342.19200300.100.1.42 pager,pagerTelephoneNumber {_PHONE} @50
0.9.2342.19200300.100.1.43 co,friendlyCountryName {_TEXT} @15
0.9.2342.19200300.100.1.44 uniqueIdentifier EQUALITY caseIgnoreMatch @15{{256}}
0.9.2342.19200300.100.1.45 organizationalStatus {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.46 janetMailbox {_IA5} @26{{256}}
0.9.2342.19200300.100.1.47 mailPreferenceOption @27
0.9.2342.19200300.100.1.48 buildingName {_TEXT} @15{{256}}
0.9.2342.19200300.100.1.49 dSAQuality @19 SINGLE-VALUE
0.9.2342.19200300.100.1.50 singleLevelQuality @13 SINGLE-VALUE
0.9.2342.19200300.100.1.51 subtreeMinimumQuality @13 SINGLE-VALUE
0.9.2342.19200300.100.1.52 subtreeMaximumQuality @13 SINGLE-VALUE
0.9.2342.19200300.100.1.53 personalSignature @23
0.9.2342.19200300.100.1.54 dITRedirect {_NAME} @12
0.9.2342.19200300.100.1.55 audio @4{{25000}}
0.9.2342.19200300.100.1.56 documentPublisher {_TEXT} @15
0.9.2342.19200300.100.1.22 otherMailbox @39
0.9.2342.19200300.100.1.26 aRecord EQUALITY caseIgnoreIA5Match @26
0.9.2342.19200300.100.1.27 mDRecord EQUALITY caseIgnoreIA5Match @26
0.9.2342.19200300.100.1.28 mXRecord EQUALITY caseIgnoreIA5Match @26
0.9.2342.19200300.100.1.29 nSRecord EQUALITY caseIgnoreIA5Match @26
0.9.2342.19200300.100.1.30 sOARecord EQUALITY caseIgnoreIA5Match @26
0.9.2342.19200300.100.1.31 cNAMERecord EQUALITY caseIgnoreIA5Match @26
"""

# RFC 2798.
_PERSON: Final = f"""
2.16.840.1.113730.3.1.1 carLicense {_TEXT} @15
2.16.840.1.113730.3.1.2 departmentNumber {_TEXT} @15
2.16.840.1.113730.3.1.3 employeeNumber {_TEXT} @15 SINGLE-VALUE
2.16.840.1.113730.3.1.4 employeeType {_TEXT} @15
2.16.840.1.113730.3.1.39 preferredLanguage {_TEXT} @15 SINGLE-VALUE
2.16.840.1.113730.3.1.40 userSMIMECertificate @5
2.16.840.1.113730.3.1.216 userPKCS12 @5
2.16.840.1.113730.3.1.241 displayName {_TEXT} @15 SINGLE-VALUE
0.9.2342.19200300.100.1.60 jpegPhoto @28
"""

# RFC 2307.
_NIS: Final = f"""
1.3.6.1.1.1.1.0 uidNumber {_WHOLE} @27 SINGLE-VALUE
1.3.6.1.1.1.1.1 gidNumber {_WHOLE} @27 SINGLE-VALUE
1.3.6.1.1.1.1.2 gecos {_IA5} @26 SINGLE-VALUE
1.3.6.1.1.1.1.3 homeDirectory {_EXACT_IA5} @26 SINGLE-VALUE
1.3.6.1.1.1.1.4 loginShell {_EXACT_IA5} @26 SINGLE-VALUE
1.3.6.1.1.1.1.5 shadowLastChange EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.6 shadowMin EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.7 shadowMax EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.8 shadowWarning EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.9 shadowInactive EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.10 shadowExpire EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.11 shadowFlag EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.12 memberUid {_EXACT_IA5} SUBSTR caseExactIA5SubstringsMatch @26
1.3.6.1.1.1.1.13 memberNisNetgroup {_EXACT_IA5} SUBSTR caseExactIA5SubstringsMatch @26
1.3.6.1.1.1.1.14 nisNetgroupTriple SYNTAX 1.3.6.1.1.1.0.0
1.3.6.1.1.1.1.15 ipServicePort EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.16 ipServiceProtocol SUP name
1.3.6.1.1.1.1.17 ipProtocolNumber EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.18 oncRpcNumber EQUALITY integerMatch @27 SINGLE-VALUE
1.3.6.1.1.1.1.19 ipHostNumber EQUALITY caseIgnoreIA5Match @26{{128}}
1.3.6.1.1.1.1.20 ipNetworkNumber EQUALITY caseIgnoreIA5Match @26{{128}} SINGLE-VALUE
1.3.6.1.1.1.1.21 ipNetmaskNumber EQUALITY caseIgnoreIA5Match @26{{128}} SINGLE-VALUE
1.3.6.1.1.1.1.22 macAddress EQUALITY caseIgnoreIA5Match @26{{128}}
1.3.6.1.1.1.1.23 bootParameter SYNTAX 1.3.6.1.1.1.0.1
1.3.6.1.1.1.1.24 bootFile EQUALITY caseExactIA5Match @26
1.3.6.1.1.1.1.26 nisMapName SUP name
1.3.6.1.1.1.1.27 nisMapEntry {_EXACT_IA5} SUBSTR caseExactIA5SubstringsMatch @26{{1024}} SINGLE-VALUE
"""

# draft-behera-ldap-password-policy: what the overlay keeps on each account.
_PASSWORD_POLICY: Final = f"""
1.3.6.1.4.1.42.2.27.8.1.16 pwdChangedTime {_TIME} @24 {_ONE_SERVER}
1.3.6.1.4.1.42.2.27.8.1.17 pwdAccountLockedTime {_TIME} @24 SINGLE-VALUE USAGE directoryOperation
1.3.6.1.4.1.42.2.27.8.1.19 pwdFailureTime {_TIME} @24 {_SERVER}
1.3.6.1.4.1.42.2.27.8.1.20 pwdHistory EQUALITY octetStringMatch @40 {_SERVER}
1.3.6.1.4.1.42.2.27.8.1.21 pwdGraceUseTime EQUALITY generalizedTimeMatch @24 {_SERVER}
1.3.6.1.4.1.42.2.27.8.1.22 pwdReset EQUALITY booleanMatch @7 SINGLE-VALUE USAGE directoryOperation
1.3.6.1.4.1.42.2.27.8.1.27 pwdStartTime {_TIME} @24 SINGLE-VALUE USAGE directoryOperation
1.3.6.1.4.1.42.2.27.8.1.28 pwdEndTime {_TIME} @24 SINGLE-VALUE USAGE directoryOperation
1.3.6.1.4.1.42.2.27.8.1.29 pwdLastSuccess {_TIME} @24 {_ONE_SERVER}
1.3.6.1.4.1.42.2.27.8.1.23 pwdPolicySubentry {_NAME} @12 SINGLE-VALUE USAGE directoryOperation
"""

_PLACE: Final = (
    "businessCategory $ x121Address $ registeredAddress $ destinationIndicator $ "
    "preferredDeliveryMethod $ telexNumber $ teletexTerminalIdentifier $ telephoneNumber $ "
    "internationaliSDNNumber $ facsimileTelephoneNumber $ street $ postOfficeBox $ postalCode $ "
    "postalAddress $ physicalDeliveryOfficeName"
)
_ADDRESS: Final = _PLACE.removeprefix("businessCategory $ ")

_CLASSES: Final = f"""
2.5.6.0 top ABSTRACT MUST objectClass
1.3.6.1.4.1.1466.101.120.111 extensibleObject SUP top AUXILIARY
2.5.6.1 alias SUP top STRUCTURAL MUST aliasedObjectName
2.16.840.1.113730.3.2.6 referral SUP top STRUCTURAL MUST ref
2.5.17.0 subentry SUP top STRUCTURAL MUST ( cn $ subtreeSpecification )
2.5.20.1 subschema AUXILIARY MAY ( dITStructureRules $ nameForms $ dITContentRules $ objectClasses $ attributeTypes $ matchingRules $ matchingRuleUse )
2.5.6.2 country SUP top STRUCTURAL MUST c MAY ( searchGuide $ description )
2.5.6.3 locality SUP top STRUCTURAL MAY ( street $ seeAlso $ searchGuide $ st $ l $ description )
2.5.6.4 organization SUP top STRUCTURAL MUST o MAY ( userPassword $ searchGuide $ seeAlso $ {_PLACE} $ st $ l $ description )
2.5.6.5 organizationalUnit SUP top STRUCTURAL MUST ou MAY ( userPassword $ searchGuide $ seeAlso $ {_PLACE} $ st $ l $ description )
2.5.6.6 person SUP top STRUCTURAL MUST ( sn $ cn ) MAY ( userPassword $ telephoneNumber $ seeAlso $ description )
2.5.6.7 organizationalPerson SUP person STRUCTURAL MAY ( title $ {_ADDRESS} $ ou $ st $ l )
2.5.6.8 organizationalRole SUP top STRUCTURAL MUST cn MAY ( {_ADDRESS} $ seeAlso $ roleOccupant $ ou $ st $ l $ description )
2.5.6.9 groupOfNames SUP top STRUCTURAL MUST ( member $ cn ) MAY ( businessCategory $ seeAlso $ owner $ ou $ o $ description )
2.5.6.10 residentialPerson SUP person STRUCTURAL MUST l MAY ( {_PLACE} $ st )
2.5.6.11 applicationProcess SUP top STRUCTURAL MUST cn MAY ( seeAlso $ ou $ l $ description )
2.5.6.12 applicationEntity SUP top STRUCTURAL MUST ( presentationAddress $ cn ) MAY ( supportedApplicationContext $ seeAlso $ ou $ o $ l $ description )
2.5.6.13 dSA SUP applicationEntity STRUCTURAL MAY knowledgeInformation
2.5.6.14 device SUP top STRUCTURAL MUST cn MAY ( serialNumber $ seeAlso $ owner $ ou $ o $ l $ description )
2.5.6.15 strongAuthenticationUser SUP top AUXILIARY MUST userCertificate
2.5.6.16 certificationAuthority SUP top AUXILIARY MUST ( authorityRevocationList $ certificateRevocationList $ cACertificate ) MAY crossCertificatePair
2.5.6.17 groupOfUniqueNames SUP top STRUCTURAL MUST ( uniqueMember $ cn ) MAY ( businessCategory $ seeAlso $ owner $ ou $ o $ description )
2.5.6.18 userSecurityInformation SUP top AUXILIARY MAY supportedAlgorithms
2.5.6.16.2 certificationAuthority-V2 SUP certificationAuthority AUXILIARY MAY deltaRevocationList
2.5.6.19 cRLDistributionPoint SUP top STRUCTURAL MUST cn MAY ( certificateRevocationList $ authorityRevocationList $ deltaRevocationList )
2.5.6.20 dmd SUP top STRUCTURAL MUST dmdName MAY ( userPassword $ searchGuide $ seeAlso $ {_PLACE} $ st $ l $ description )
2.5.6.21 pkiUser SUP top AUXILIARY MAY userCertificate
2.5.6.22 pkiCA SUP top AUXILIARY MAY ( authorityRevocationList $ certificateRevocationList $ cACertificate $ crossCertificatePair )
2.5.6.23 deltaCRL SUP top AUXILIARY MAY deltaRevocationList
1.3.6.1.4.1.250.3.15 labeledURIObject SUP top AUXILIARY MAY labeledURI
0.9.2342.19200300.100.4.19 simpleSecurityObject SUP top AUXILIARY MUST userPassword
1.3.6.1.4.1.1466.344 dcObject SUP top AUXILIARY MUST dc
1.3.6.1.1.3.1 uidObject SUP top AUXILIARY MUST uid
0.9.2342.19200300.100.4.4 pilotPerson,newPilotPerson SUP person STRUCTURAL MAY ( userid $ textEncodedORAddress $ rfc822Mailbox $ favouriteDrink $ roomNumber $ userClass $ homeTelephoneNumber $ homePostalAddress $ secretary $ personalTitle $ preferredDeliveryMethod $ businessCategory $ janetMailbox $ otherMailbox $ mobileTelephoneNumber $ pagerTelephoneNumber $ organizationalStatus $ mailPreferenceOption $ personalSignature )
0.9.2342.19200300.100.4.5 account SUP top STRUCTURAL MUST userid MAY ( description $ seeAlso $ localityName $ organizationName $ organizationalUnitName $ host )
0.9.2342.19200300.100.4.6 document SUP top STRUCTURAL MUST documentIdentifier MAY ( commonName $ description $ seeAlso $ localityName $ organizationName $ organizationalUnitName $ documentTitle $ documentVersion $ documentAuthor $ documentLocation $ documentPublisher )
0.9.2342.19200300.100.4.7 room SUP top STRUCTURAL MUST commonName MAY ( roomNumber $ description $ seeAlso $ telephoneNumber )
0.9.2342.19200300.100.4.9 documentSeries SUP top STRUCTURAL MUST commonName MAY ( description $ seeAlso $ telephonenumber $ localityName $ organizationName $ organizationalUnitName )
0.9.2342.19200300.100.4.13 domain SUP top STRUCTURAL MUST domainComponent MAY ( associatedName $ organizationName $ description $ businessCategory $ seeAlso $ searchGuide $ userPassword $ localityName $ stateOrProvinceName $ streetAddress $ physicalDeliveryOfficeName $ postalAddress $ postalCode $ postOfficeBox $ facsimileTelephoneNumber $ internationaliSDNNumber $ telephoneNumber $ teletexTerminalIdentifier $ telexNumber $ preferredDeliveryMethod $ destinationIndicator $ registeredAddress $ x121Address )
0.9.2342.19200300.100.4.14 RFC822localPart SUP domain STRUCTURAL MAY ( commonName $ surname $ description $ seeAlso $ telephoneNumber $ physicalDeliveryOfficeName $ postalAddress $ postalCode $ postOfficeBox $ streetAddress $ facsimileTelephoneNumber $ internationaliSDNNumber $ teletexTerminalIdentifier $ telexNumber $ preferredDeliveryMethod $ destinationIndicator $ registeredAddress $ x121Address )
0.9.2342.19200300.100.4.15 dNSDomain SUP domain STRUCTURAL MAY ( ARecord $ MDRecord $ MXRecord $ NSRecord $ SOARecord $ CNAMERecord )
0.9.2342.19200300.100.4.17 domainRelatedObject SUP top AUXILIARY MUST associatedDomain
0.9.2342.19200300.100.4.18 friendlyCountry SUP country STRUCTURAL MUST friendlyCountryName
0.9.2342.19200300.100.4.20 pilotOrganization SUP ( organization $ organizationalUnit ) STRUCTURAL MAY buildingName
0.9.2342.19200300.100.4.21 pilotDSA SUP dsa STRUCTURAL MAY dSAQuality
0.9.2342.19200300.100.4.22 qualityLabelledData SUP top AUXILIARY MUST dsaQuality MAY ( subtreeMinimumQuality $ subtreeMaximumQuality )
2.16.840.1.113730.3.2.2 inetOrgPerson SUP organizationalPerson STRUCTURAL MAY ( audio $ businessCategory $ carLicense $ departmentNumber $ displayName $ employeeNumber $ employeeType $ givenName $ homePhone $ homePostalAddress $ initials $ jpegPhoto $ labeledURI $ mail $ manager $ mobile $ o $ pager $ photo $ roomNumber $ secretary $ uid $ userCertificate $ x500uniqueIdentifier $ preferredLanguage $ userSMIMECertificate $ userPKCS12 )
1.3.6.1.1.1.2.0 posixAccount SUP top AUXILIARY MUST ( cn $ uid $ uidNumber $ gidNumber $ homeDirectory ) MAY ( userPassword $ loginShell $ gecos $ description )
1.3.6.1.1.1.2.1 shadowAccount SUP top AUXILIARY MUST uid MAY ( userPassword $ shadowLastChange $ shadowMin $ shadowMax $ shadowWarning $ shadowInactive $ shadowExpire $ shadowFlag $ description )
1.3.6.1.1.1.2.2 posixGroup SUP top STRUCTURAL MUST ( cn $ gidNumber ) MAY ( userPassword $ memberUid $ description )
1.3.6.1.1.1.2.3 ipService SUP top STRUCTURAL MUST ( cn $ ipServicePort $ ipServiceProtocol ) MAY description
1.3.6.1.1.1.2.4 ipProtocol SUP top STRUCTURAL MUST ( cn $ ipProtocolNumber $ description ) MAY description
1.3.6.1.1.1.2.5 oncRpc SUP top STRUCTURAL MUST ( cn $ oncRpcNumber $ description ) MAY description
1.3.6.1.1.1.2.6 ipHost SUP top AUXILIARY MUST ( cn $ ipHostNumber ) MAY ( l $ description $ manager )
1.3.6.1.1.1.2.7 ipNetwork SUP top STRUCTURAL MUST ( cn $ ipNetworkNumber ) MAY ( ipNetmaskNumber $ l $ description $ manager )
1.3.6.1.1.1.2.8 nisNetgroup SUP top STRUCTURAL MUST cn MAY ( nisNetgroupTriple $ memberNisNetgroup $ description )
1.3.6.1.1.1.2.9 nisMap SUP top STRUCTURAL MUST nisMapName MAY description
1.3.6.1.1.1.2.10 nisObject SUP top STRUCTURAL MUST ( cn $ nisMapEntry $ nisMapName ) MAY description
1.3.6.1.1.1.2.11 ieee802Device SUP top AUXILIARY MAY macAddress
1.3.6.1.1.1.2.12 bootableDevice SUP top AUXILIARY MAY ( bootFile $ bootParameter )
"""

_RULES: Final = """
2.5.13.0 objectIdentifierMatch @38
2.5.13.1 distinguishedNameMatch @12
2.5.13.2 caseIgnoreMatch @15
2.5.13.3 caseIgnoreOrderingMatch @15
2.5.13.4 caseIgnoreSubstringsMatch @58
2.5.13.5 caseExactMatch @15
2.5.13.6 caseExactOrderingMatch @15
2.5.13.7 caseExactSubstringsMatch @58
2.5.13.8 numericStringMatch @36
2.5.13.9 numericStringOrderingMatch @36
2.5.13.10 numericStringSubstringsMatch @58
2.5.13.11 caseIgnoreListMatch @41
2.5.13.12 caseIgnoreListSubstringsMatch @58
2.5.13.13 booleanMatch @7
2.5.13.14 integerMatch @27
2.5.13.15 integerOrderingMatch @27
2.5.13.16 bitStringMatch @6
2.5.13.17 octetStringMatch @40
2.5.13.18 octetStringOrderingMatch @40
2.5.13.20 telephoneNumberMatch @50
2.5.13.21 telephoneNumberSubstringsMatch @58
2.5.13.23 uniqueMemberMatch @34
2.5.13.27 generalizedTimeMatch @24
2.5.13.28 generalizedTimeOrderingMatch @24
2.5.13.29 integerFirstComponentMatch @27
2.5.13.30 objectIdentifierFirstComponentMatch @38
2.5.13.34 certificateExactMatch SYNTAX 1.3.6.1.1.15.1
1.3.6.1.4.1.1466.109.114.1 caseExactIA5Match @26
1.3.6.1.4.1.1466.109.114.2 caseIgnoreIA5Match @26
1.3.6.1.4.1.1466.109.114.3 caseIgnoreIA5SubstringsMatch @58
1.3.6.1.4.1.4203.1.2.1 caseExactIA5SubstringsMatch @58
1.3.6.1.1.16.2 UUIDMatch SYNTAX 1.3.6.1.1.16.1
1.3.6.1.1.16.3 UUIDOrderingMatch SYNTAX 1.3.6.1.1.16.1
1.3.6.1.4.1.4203.666.11.2.2 CSNMatch SYNTAX 1.3.6.1.4.1.4203.666.11.2.1
1.3.6.1.4.1.4203.666.11.2.3 CSNOrderingMatch SYNTAX 1.3.6.1.4.1.4203.666.11.2.1
1.2.840.113556.1.4.803 integerBitAndMatch @27
1.2.840.113556.1.4.804 integerBitOrMatch @27
"""

_SYNTAXES: Final = {
    "4": "Audio",
    "5": "Binary",
    "6": "Bit String",
    "7": "Boolean",
    "8": "Certificate",
    "9": "Certificate List",
    "10": "Certificate Pair",
    "11": "Country String",
    "12": "Distinguished Name",
    "14": "Delivery Method",
    "15": "Directory String",
    "22": "Facsimile Telephone Number",
    "24": "Generalized Time",
    "26": "IA5 String",
    "27": "Integer",
    "28": "JPEG",
    "34": "Name And Optional UID",
    "36": "Numeric String",
    "38": "OID",
    "39": "Other Mailbox",
    "40": "Octet String",
    "41": "Postal Address",
    "44": "Printable String",
    "45": "SubtreeSpecification",
    "49": "Supported Algorithm",
    "50": "Telephone Number",
    "52": "Telex Number",
}

# OpenLDAP takes these with the option ;binary alone (RFC 4522).
_TRANSFERRED: Final = frozenset({"8", "9", "10", "49"})
_BINARY: Final = " X-BINARY-TRANSFER-REQUIRED 'TRUE' X-NOT-HUMAN-READABLE 'TRUE'"

_SHORT: Final = re.compile(r"@(\d+)")


def _written(lines: str) -> Iterator[str]:
    for line in lines.split("\n"):
        if not line:
            continue
        number, names, *rest = line.split(" ", 2)
        spelled = names.split(",")
        name = f"'{names}'" if len(spelled) == 1 else "( '" + "' '".join(spelled) + "' )"
        fields = _SHORT.sub(lambda found: f"SYNTAX {_SYNTAX}{found[1]}", " ".join(rest))
        yield f"( {number} NAME {name} {fields} )".replace("  ", " ")


#: A subschema entry's attributes, as ``Schema.parse`` takes them.
STANDARD: Final[dict[str, tuple[str, ...]]] = {
    "attributeTypes": tuple(
        _written(_OPERATIONAL + _CORE + _COSINE + _PERSON + _NIS + _PASSWORD_POLICY)
    ),
    "objectClasses": tuple(_written(_CLASSES)),
    "matchingRules": tuple(_written(_RULES)),
    "ldapSyntaxes": (
        *(
            f"( {_SYNTAX}{number} DESC '{name}'{_BINARY if number in _TRANSFERRED else ''} )"
            for number, name in _SYNTAXES.items()
        ),
        "( 1.3.6.1.1.16.1 DESC 'UUID' )",
        "( 1.3.6.1.4.1.4203.666.11.2.1 DESC 'CSN' )",
        "( 1.3.6.1.1.1.0.0 DESC 'RFC2307 NIS Netgroup Triple' )",
        "( 1.3.6.1.1.1.0.1 DESC 'RFC2307 Boot Parameter' )",
    ),
}
