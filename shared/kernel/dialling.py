"""Which country calling code (ITU-T E.164) a venue's time zone implies: what a phone number without `+` begins with.

One entry a code: zones as `Area/Place Place …`, from the tz database's list of zones by country. A zone that is not
here implies none; then a number is typed with its country code.
"""

ZONES_OF_CODE: dict[str, str] = {
    "1": (
        "America/Adak Anchorage Anguilla Antigua Atikokan Barbados Blanc-Sablon Boise Cambridge_Bay Cayman Chicago "
        "Creston Dawson Dawson_Creek Denver Detroit Dominica Edmonton Fort_Nelson Glace_Bay Goose_Bay Grand_Turk "
        "Grenada Halifax Indiana/Indianapolis Indiana/Knox Indiana/Marengo Indiana/Petersburg Indiana/Tell_City "
        "Indiana/Vevay Indiana/Vincennes Indiana/Winamac Inuvik Iqaluit Jamaica Juneau Kentucky/Louisville "
        "Kentucky/Monticello Los_Angeles Lower_Princes Menominee Metlakatla Moncton Montserrat Nassau New_York Nome "
        "North_Dakota/Beulah North_Dakota/Center North_Dakota/New_Salem Phoenix Port_of_Spain Puerto_Rico "
        "Rankin_Inlet Regina Resolute Santo_Domingo Sitka St_Johns St_Kitts St_Lucia St_Thomas St_Vincent "
        "Swift_Current Toronto Tortola Vancouver Whitehorse Winnipeg Yakutat; Atlantic/Bermuda; Pacific/Guam Honolulu "
        "Midway Pago_Pago Saipan Wake"
    ),
    "7": (
        "Asia/Almaty Anadyr Aqtau Aqtobe Atyrau Barnaul Chita Irkutsk Kamchatka Khandyga Krasnoyarsk Magadan "
        "Novokuznetsk Novosibirsk Omsk Oral Qostanay Qyzylorda Sakhalin Srednekolymsk Tomsk Ust-Nera Vladivostok "
        "Yakutsk Yekaterinburg; Europe/Astrakhan Kaliningrad Kirov Moscow Samara Saratov Ulyanovsk Volgograd"
    ),
    "20": "Africa/Cairo",
    "27": "Africa/Johannesburg",
    "30": "Europe/Athens",
    "31": "Europe/Amsterdam",
    "32": "Europe/Brussels",
    "33": "Europe/Paris",
    "34": "Africa/Ceuta; Atlantic/Canary; Europe/Madrid",
    "36": "Europe/Budapest",
    "39": "Europe/Rome Vatican",
    "40": "Europe/Bucharest",
    "41": "Europe/Zurich",
    "43": "Europe/Vienna",
    "44": "Europe/Guernsey Isle_of_Man Jersey London",
    "45": "Europe/Copenhagen",
    "46": "Europe/Stockholm",
    "47": "Arctic/Longyearbyen; Europe/Oslo",
    "48": "Europe/Warsaw",
    "49": "Europe/Berlin Busingen",
    "51": "America/Lima",
    "52": (
        "America/Bahia_Banderas Cancun Chihuahua Ciudad_Juarez Hermosillo Matamoros Mazatlan Merida Mexico_City "
        "Monterrey Ojinaga Tijuana"
    ),
    "53": "America/Havana",
    "54": (
        "America/Argentina/Buenos_Aires Argentina/Catamarca Argentina/Cordoba Argentina/Jujuy Argentina/La_Rioja "
        "Argentina/Mendoza Argentina/Rio_Gallegos Argentina/Salta Argentina/San_Juan Argentina/San_Luis "
        "Argentina/Tucuman Argentina/Ushuaia"
    ),
    "55": (
        "America/Araguaina Bahia Belem Boa_Vista Campo_Grande Cuiaba Eirunepe Fortaleza Maceio Manaus Noronha "
        "Porto_Velho Recife Rio_Branco Santarem Sao_Paulo"
    ),
    "56": "America/Coyhaique Punta_Arenas Santiago; Pacific/Easter",
    "57": "America/Bogota",
    "58": "America/Caracas",
    "60": "Asia/Kuala_Lumpur Kuching",
    "61": (
        "Antarctica/Macquarie; Australia/Adelaide Brisbane Broken_Hill Darwin Eucla Hobart Lindeman Lord_Howe "
        "Melbourne Perth Sydney; Indian/Christmas Cocos"
    ),
    "62": "Asia/Jakarta Jayapura Makassar Pontianak",
    "63": "Asia/Manila",
    "64": "Pacific/Auckland Chatham Pitcairn",
    "65": "Asia/Singapore",
    "66": "Asia/Bangkok",
    "81": "Asia/Tokyo",
    "82": "Asia/Seoul",
    "84": "Asia/Ho_Chi_Minh",
    "86": "Asia/Shanghai Urumqi",
    "90": "Europe/Istanbul",
    "91": "Asia/Kolkata",
    "92": "Asia/Karachi",
    "93": "Asia/Kabul",
    "94": "Asia/Colombo",
    "95": "Asia/Yangon",
    "98": "Asia/Tehran",
    "211": "Africa/Juba",
    "212": "Africa/Casablanca El_Aaiun",
    "213": "Africa/Algiers",
    "216": "Africa/Tunis",
    "218": "Africa/Tripoli",
    "220": "Africa/Banjul",
    "221": "Africa/Dakar",
    "222": "Africa/Nouakchott",
    "223": "Africa/Bamako",
    "224": "Africa/Conakry",
    "225": "Africa/Abidjan",
    "226": "Africa/Ouagadougou",
    "227": "Africa/Niamey",
    "228": "Africa/Lome",
    "229": "Africa/Porto-Novo",
    "230": "Indian/Mauritius",
    "231": "Africa/Monrovia",
    "232": "Africa/Freetown",
    "233": "Africa/Accra",
    "234": "Africa/Lagos",
    "235": "Africa/Ndjamena",
    "236": "Africa/Bangui",
    "237": "Africa/Douala",
    "238": "Atlantic/Cape_Verde",
    "239": "Africa/Sao_Tome",
    "240": "Africa/Malabo",
    "241": "Africa/Libreville",
    "242": "Africa/Brazzaville",
    "243": "Africa/Kinshasa Lubumbashi",
    "244": "Africa/Luanda",
    "245": "Africa/Bissau",
    "246": "Indian/Chagos",
    "248": "Indian/Mahe",
    "249": "Africa/Khartoum",
    "250": "Africa/Kigali",
    "251": "Africa/Addis_Ababa",
    "252": "Africa/Mogadishu",
    "253": "Africa/Djibouti",
    "254": "Africa/Nairobi",
    "255": "Africa/Dar_es_Salaam",
    "256": "Africa/Kampala",
    "257": "Africa/Bujumbura",
    "258": "Africa/Maputo",
    "260": "Africa/Lusaka",
    "261": "Indian/Antananarivo",
    "262": "Indian/Kerguelen Mayotte Reunion",
    "263": "Africa/Harare",
    "264": "Africa/Windhoek",
    "265": "Africa/Blantyre",
    "266": "Africa/Maseru",
    "267": "Africa/Gaborone",
    "268": "Africa/Mbabane",
    "269": "Indian/Comoro",
    "290": "Atlantic/St_Helena",
    "291": "Africa/Asmara",
    "297": "America/Aruba",
    "298": "Atlantic/Faroe",
    "299": "America/Danmarkshavn Nuuk Scoresbysund Thule",
    "350": "Europe/Gibraltar",
    "351": "Atlantic/Azores Madeira; Europe/Lisbon",
    "352": "Europe/Luxembourg",
    "353": "Europe/Dublin",
    "354": "Atlantic/Reykjavik",
    "355": "Europe/Tirane",
    "356": "Europe/Malta",
    "357": "Asia/Famagusta Nicosia",
    "358": "Europe/Helsinki Mariehamn",
    "359": "Europe/Sofia",
    "370": "Europe/Vilnius",
    "371": "Europe/Riga",
    "372": "Europe/Tallinn",
    "373": "Europe/Chisinau",
    "374": "Asia/Yerevan",
    "375": "Europe/Minsk",
    "376": "Europe/Andorra",
    "377": "Europe/Monaco",
    "378": "Europe/San_Marino",
    "380": "Europe/Kyiv Simferopol",
    "381": "Europe/Belgrade",
    "382": "Europe/Podgorica",
    "385": "Europe/Zagreb",
    "386": "Europe/Ljubljana",
    "387": "Europe/Sarajevo",
    "389": "Europe/Skopje",
    "420": "Europe/Prague",
    "421": "Europe/Bratislava",
    "423": "Europe/Vaduz",
    "500": "Atlantic/South_Georgia Stanley",
    "501": "America/Belize",
    "502": "America/Guatemala",
    "503": "America/El_Salvador",
    "504": "America/Tegucigalpa",
    "505": "America/Managua",
    "506": "America/Costa_Rica",
    "507": "America/Panama",
    "508": "America/Miquelon",
    "509": "America/Port-au-Prince",
    "590": "America/Guadeloupe Marigot St_Barthelemy",
    "591": "America/La_Paz",
    "592": "America/Guyana",
    "593": "America/Guayaquil; Pacific/Galapagos",
    "594": "America/Cayenne",
    "595": "America/Asuncion",
    "596": "America/Martinique",
    "597": "America/Paramaribo",
    "598": "America/Montevideo",
    "599": "America/Curacao Kralendijk",
    "670": "Asia/Dili",
    "672": ("Antarctica/Casey Davis DumontDUrville Mawson McMurdo Palmer Rothera Syowa Troll Vostok; Pacific/Norfolk"),
    "673": "Asia/Brunei",
    "674": "Pacific/Nauru",
    "675": "Pacific/Bougainville Port_Moresby",
    "676": "Pacific/Tongatapu",
    "677": "Pacific/Guadalcanal",
    "678": "Pacific/Efate",
    "679": "Pacific/Fiji",
    "680": "Pacific/Palau",
    "681": "Pacific/Wallis",
    "682": "Pacific/Rarotonga",
    "683": "Pacific/Niue",
    "685": "Pacific/Apia",
    "686": "Pacific/Kanton Kiritimati Tarawa",
    "687": "Pacific/Noumea",
    "688": "Pacific/Funafuti",
    "689": "Pacific/Gambier Marquesas Tahiti",
    "690": "Pacific/Fakaofo",
    "691": "Pacific/Chuuk Kosrae Pohnpei",
    "692": "Pacific/Kwajalein Majuro",
    "850": "Asia/Pyongyang",
    "852": "Asia/Hong_Kong",
    "853": "Asia/Macau",
    "855": "Asia/Phnom_Penh",
    "856": "Asia/Vientiane",
    "880": "Asia/Dhaka",
    "886": "Asia/Taipei",
    "960": "Indian/Maldives",
    "961": "Asia/Beirut",
    "962": "Asia/Amman",
    "963": "Asia/Damascus",
    "964": "Asia/Baghdad",
    "965": "Asia/Kuwait",
    "966": "Asia/Riyadh",
    "967": "Asia/Aden",
    "968": "Asia/Muscat",
    "970": "Asia/Gaza Hebron",
    "971": "Asia/Dubai",
    "972": "Asia/Jerusalem",
    "973": "Asia/Bahrain",
    "974": "Asia/Qatar",
    "975": "Asia/Thimphu",
    "976": "Asia/Hovd Ulaanbaatar",
    "977": "Asia/Kathmandu",
    "992": "Asia/Dushanbe",
    "993": "Asia/Ashgabat",
    "994": "Asia/Baku",
    "995": "Asia/Tbilisi",
    "996": "Asia/Bishkek",
    "998": "Asia/Samarkand Tashkent",
}


def _by_zone() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, areas in ZONES_OF_CODE.items():
        for part in areas.split("; "):
            area, _, places = part.partition("/")
            found |= {f"{area}/{place}": code for place in places.split()}
    return found


_CODES = _by_zone()


def calling_code(zone: str) -> str:
    """The country calling code of an IANA zone, without `+`; empty where the zone implies none."""
    return _CODES.get(zone, "")
