"""Countries and states by their ISO codes, for platforms that take a code where we have a name, or the other way round.

A place a line: its code, the name that lists have for it, and what else people write.
"""

import re
import unicodedata
from collections.abc import Mapping

_COUNTRIES = """
    AF Afghanistan
    AX Aland Islands
    AL Albania
    DZ Algeria
    AS American Samoa
    AD Andorra
    AO Angola
    AI Anguilla
    AQ Antarctica
    AG Antigua and Barbuda
    AR Argentina
    AM Armenia
    AW Aruba
    AU Australia
    AT Austria, Osterreich
    AZ Azerbaijan
    BS Bahamas, The Bahamas
    BH Bahrain
    BD Bangladesh
    BB Barbados
    BY Belarus
    BE Belgium
    BZ Belize
    BJ Benin
    BM Bermuda
    BT Bhutan
    BO Bolivia, Plurinational State of Bolivia
    BQ Bonaire
    BA Bosnia and Herzegovina
    BW Botswana
    BV Bouvet Island
    BR Brazil, Brasil
    IO British Indian Ocean Territory
    BN Brunei, Brunei Darussalam
    BG Bulgaria
    BF Burkina Faso
    BI Burundi
    KH Cambodia
    CM Cameroon
    CA Canada
    CV Cape Verde, Cabo Verde
    KY Cayman Islands
    CF Central African Republic
    TD Chad
    CL Chile
    CN China, Peoples Republic of China, PRC, Mainland China
    CX Christmas Island
    CC Cocos Islands
    CO Colombia
    KM Comoros
    CG Congo, Republic of the Congo
    CD Democratic Republic of the Congo, DR Congo
    CK Cook Islands
    CR Costa Rica
    CI Cote dIvoire, Ivory Coast
    HR Croatia
    CU Cuba
    CW Curacao
    CY Cyprus
    CZ Czech Republic, Czechia
    DK Denmark
    DJ Djibouti
    DM Dominica
    DO Dominican Republic
    EC Ecuador
    EG Egypt
    SV El Salvador
    GQ Equatorial Guinea
    ER Eritrea
    EE Estonia
    SZ Eswatini, Swaziland
    ET Ethiopia
    FK Falkland Islands
    FO Faroe Islands
    FJ Fiji
    FI Finland
    FR France
    GF French Guiana
    PF French Polynesia
    TF French Southern Territories
    GA Gabon
    GM Gambia, The Gambia
    GE Georgia
    DE Germany, Deutschland
    GH Ghana
    GI Gibraltar
    GR Greece
    GL Greenland
    GD Grenada
    GP Guadeloupe
    GU Guam
    GT Guatemala
    GG Guernsey
    GN Guinea
    GW Guinea Bissau
    GY Guyana
    HT Haiti
    HM Heard Island and McDonald Islands
    VA Holy See, Vatican City
    HN Honduras
    HK Hong Kong
    HU Hungary
    IS Iceland
    IN India
    ID Indonesia
    IR Iran, Islamic Republic of Iran
    IQ Iraq
    IE Ireland, Republic of Ireland
    IM Isle of Man
    IL Israel
    IT Italy, Italia
    JM Jamaica
    JP Japan
    JE Jersey
    JO Jordan
    KZ Kazakhstan
    KE Kenya
    KI Kiribati
    KP North Korea
    KR South Korea, Korea, Republic of Korea
    KW Kuwait
    KG Kyrgyzstan
    LA Laos
    LV Latvia
    LB Lebanon
    LS Lesotho
    LR Liberia
    LY Libya
    LI Liechtenstein
    LT Lithuania
    LU Luxembourg
    MO Macao, Macau
    MG Madagascar
    MW Malawi
    MY Malaysia
    MV Maldives
    ML Mali
    MT Malta
    MH Marshall Islands
    MQ Martinique
    MR Mauritania
    MU Mauritius
    YT Mayotte
    MX Mexico
    FM Micronesia
    MD Moldova, Republic of Moldova
    MC Monaco
    MN Mongolia
    ME Montenegro
    MS Montserrat
    MA Morocco
    MZ Mozambique
    MM Myanmar, Burma
    NA Namibia
    NR Nauru
    NP Nepal
    NL Netherlands, The Netherlands, Holland
    NC New Caledonia
    NZ New Zealand
    NI Nicaragua
    NE Niger
    NG Nigeria
    NU Niue
    NF Norfolk Island
    MK North Macedonia, Macedonia
    MP Northern Mariana Islands
    NO Norway
    OM Oman
    PK Pakistan
    PW Palau
    PS Palestine, State of Palestine
    PA Panama
    PG Papua New Guinea
    PY Paraguay
    PE Peru
    PH Philippines, The Philippines
    PN Pitcairn
    PL Poland
    PT Portugal
    PR Puerto Rico
    QA Qatar
    RE Reunion
    RO Romania
    RU Russia, Russian Federation
    RW Rwanda
    BL Saint Barthelemy
    SH Saint Helena
    KN Saint Kitts and Nevis
    LC Saint Lucia
    MF Saint Martin
    PM Saint Pierre and Miquelon
    VC Saint Vincent and the Grenadines
    WS Samoa
    SM San Marino
    ST Sao Tome and Principe
    SA Saudi Arabia
    SN Senegal
    RS Serbia
    SC Seychelles
    SL Sierra Leone
    SG Singapore
    SX Sint Maarten
    SK Slovakia
    SI Slovenia
    SB Solomon Islands
    SO Somalia
    ZA South Africa
    GS South Georgia and the South Sandwich Islands
    SS South Sudan
    ES Spain, Espana
    LK Sri Lanka
    SD Sudan
    SR Suriname
    SJ Svalbard and Jan Mayen
    SE Sweden
    CH Switzerland, Schweiz, Suisse
    SY Syria, Syrian Arab Republic
    TW Taiwan
    TJ Tajikistan
    TZ Tanzania, United Republic of Tanzania
    TH Thailand
    TL Timor Leste, East Timor
    TG Togo
    TK Tokelau
    TO Tonga
    TT Trinidad and Tobago
    TN Tunisia
    TR Turkey, Turkiye
    TM Turkmenistan
    TC Turks and Caicos Islands
    TV Tuvalu
    UG Uganda
    UA Ukraine
    AE United Arab Emirates, UAE
    GB United Kingdom, UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland
    US United States, USA, United States of America, America, The United States, U S, U S A
    UM United States Minor Outlying Islands
    UY Uruguay
    UZ Uzbekistan
    VU Vanuatu
    VE Venezuela, Bolivarian Republic of Venezuela
    VN Vietnam, Viet Nam
    VG British Virgin Islands
    VI US Virgin Islands
    WF Wallis and Futuna
    EH Western Sahara
    YE Yemen
    ZM Zambia
    ZW Zimbabwe
"""

# The countries whose states CRMs have in lists.
_STATES = {
    "US": """
        AL Alabama
        AK Alaska
        AZ Arizona
        AR Arkansas
        CA California
        CO Colorado
        CT Connecticut
        DE Delaware
        DC District of Columbia, Washington DC, Washington D C
        FL Florida
        GA Georgia
        HI Hawaii
        ID Idaho
        IL Illinois
        IN Indiana
        IA Iowa
        KS Kansas
        KY Kentucky
        LA Louisiana
        ME Maine
        MD Maryland
        MA Massachusetts
        MI Michigan
        MN Minnesota
        MS Mississippi
        MO Missouri
        MT Montana
        NE Nebraska
        NV Nevada
        NH New Hampshire
        NJ New Jersey
        NM New Mexico
        NY New York, New York State
        NC North Carolina
        ND North Dakota
        OH Ohio
        OK Oklahoma
        OR Oregon
        PA Pennsylvania
        RI Rhode Island
        SC South Carolina
        SD South Dakota
        TN Tennessee
        TX Texas
        UT Utah
        VT Vermont
        VA Virginia
        WA Washington, Washington State
        WV West Virginia
        WI Wisconsin
        WY Wyoming
        PR Puerto Rico
        GU Guam
        VI Virgin Islands
        AS American Samoa
        MP Northern Mariana Islands
    """,
    "CA": """
        AB Alberta
        BC British Columbia
        MB Manitoba
        NB New Brunswick
        NL Newfoundland and Labrador, Newfoundland
        NS Nova Scotia
        NT Northwest Territories
        NU Nunavut
        ON Ontario
        PE Prince Edward Island
        QC Quebec, PQ
        SK Saskatchewan
        YT Yukon, Yukon Territory, Yukon Territories
    """,
    "AU": """
        ACT Australian Capital Territory
        NSW New South Wales
        NT Northern Territory
        QLD Queensland
        SA South Australia
        TAS Tasmania
        VIC Victoria
        WA Western Australia
    """,
    "BR": """
        AC Acre
        AL Alagoas
        AP Amapa
        AM Amazonas
        BA Bahia
        CE Ceara
        DF Distrito Federal
        ES Espirito Santo
        GO Goias
        MA Maranhao
        MT Mato Grosso
        MS Mato Grosso do Sul
        MG Minas Gerais
        PA Para
        PB Paraiba
        PR Parana
        PE Pernambuco
        PI Piaui
        RJ Rio de Janeiro
        RN Rio Grande do Norte
        RS Rio Grande do Sul
        RO Rondonia
        RR Roraima
        SC Santa Catarina
        SP Sao Paulo
        SE Sergipe
        TO Tocantins
    """,
    "MX": """
        AG Aguascalientes
        BC Baja California
        BS Baja California Sur
        CM Campeche
        CS Chiapas
        CH Chihuahua
        CO Coahuila
        CL Colima
        DF Mexico City, Ciudad de Mexico, CDMX, Federal District
        DG Durango
        GT Guanajuato
        GR Guerrero
        HG Hidalgo
        JA Jalisco
        ME Mexico State, Estado de Mexico
        MI Michoacan
        MO Morelos
        NA Nayarit
        NL Nuevo Leon
        OA Oaxaca
        PB Puebla
        QE Queretaro
        QR Quintana Roo
        SL San Luis Potosi
        SI Sinaloa
        SO Sonora
        TB Tabasco
        TM Tamaulipas
        TL Tlaxcala
        VE Veracruz
        YU Yucatan
        ZA Zacatecas
    """,
    "IN": """
        AN Andaman and Nicobar Islands
        AP Andhra Pradesh
        AR Arunachal Pradesh
        AS Assam
        BR Bihar
        CH Chandigarh
        CT Chhattisgarh
        DL Delhi, New Delhi
        GA Goa
        GJ Gujarat
        HR Haryana
        HP Himachal Pradesh
        JK Jammu and Kashmir
        JH Jharkhand
        KA Karnataka
        KL Kerala
        LD Lakshadweep
        MP Madhya Pradesh
        MH Maharashtra
        MN Manipur
        ML Meghalaya
        MZ Mizoram
        NL Nagaland
        OR Odisha, Orissa
        PY Puducherry
        PB Punjab
        RJ Rajasthan
        SK Sikkim
        TN Tamil Nadu
        TG Telangana
        TR Tripura
        UP Uttar Pradesh
        UT Uttarakhand
        WB West Bengal
    """,
}

_WORD = re.compile(r"[^\W_]+")


def _fold(name: str) -> str:
    """Words only, without case and accents: `Côte d'Ivoire` and `U.S.A.` as anybody writes them."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(_WORD.findall(plain.replace("'", "").replace("\u2019", "").casefold()))


def _read(lines: str) -> dict[str, str]:
    """Codes by all that a place is called, its code among it."""
    codes: dict[str, str] = {}
    for line in filter(str.strip, lines.splitlines()):
        code, _, names = line.strip().partition(" ")
        codes |= dict.fromkeys(map(_fold, [code, *names.split(",")]), code)
    return codes


_COUNTRY_CODES = _read(_COUNTRIES)
_STATE_CODES: Mapping[str, Mapping[str, str]] = {
    country: _read(lines) for country, lines in _STATES.items()
}


def country_code(country: str | None) -> str | None:
    """The code of a country by its name or code; None for one that nobody here has heard of."""
    return _COUNTRY_CODES.get(_fold(country)) if country else None


def state_code(state: str | None, country: str | None) -> str | None:
    """The code of a state of that country, itself given by name or code."""
    states = _STATE_CODES.get(country_code(country) or "", {})
    return states.get(_fold(state)) if state else None


def state_codes(state: str, country: str | None) -> frozenset[str]:
    """All states that are called that, as `US-CA`: of one country, or of any where nobody knows it."""
    known = country_code(country)
    return frozenset(
        f"{of}-{states[_fold(state)]}"
        for of, states in _STATE_CODES.items()
        if known in (None, of) and _fold(state) in states
    )


def same_words(one: str, other: str) -> bool:
    return _fold(one) == _fold(other)
