"""What counts as a company's own domain: the name that a provider can be asked about.

Discovery has normalised most of what comes here; a record made by hand has not been through it.
"""

import re
from collections.abc import Callable
from typing import Final

# Gives a host in ASCII and lower case, or None when it can't be one. Brought by the caller: the standard library knows
# IDNA only as it was in 2003, where a ß is another company's name.
ToAscii = Callable[[str], str | None]

LONGEST_INPUT: Final = 2048
LONGEST: Final = 253
_SCHEME = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
# A top level without a letter ("10.0.0.1", "0x7f.1") is an address in one of its spellings.
_TOP_LEVEL = re.compile(r"(?=.*[a-z])[a-z0-9-]{2,63}")
# Names that lead nowhere outside the network they are used in.
_PRIVATE = frozenset(
    [
        "arpa",
        "corp",
        "home",
        "internal",
        "invalid",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "onion",
    ]
)

# Where people without a company's address have theirs. To ask about one of these is to pay for strangers.
_MAIL_HOSTS = frozenset(
    """
    126.com 139.com 163.com aim.com aliyun.com aol.com arcor.de att.net bellsouth.net bigpond.com bk.ru bluewin.ch
    bol.com.br btinternet.com charter.net comcast.net cox.net daum.net duck.com earthlink.net fastmail.com fastmail.fm
    foxmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.fr gmx.net googlemail.com hanmail.net
    hey.com hotmail.be hotmail.ca hotmail.co.uk hotmail.com hotmail.com.br hotmail.de hotmail.es hotmail.fr hotmail.it
    hotmail.nl hushmail.com icloud.com inbox.lv inbox.ru interia.pl juno.com laposte.net libero.it list.ru live.ca
    live.co.uk live.com live.com.au live.de live.fr live.it live.nl mac.com mail.com mail.de mail.ru mailbox.org
    mailinator.com me.com msn.com naver.com netscape.net o2.pl onet.pl op.pl optonline.net orange.fr outlook.at
    outlook.com outlook.com.br outlook.de outlook.es outlook.fr outlook.it outlook.jp pm.me posteo.de posteo.net
    proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com riseup.net rocketmail.com sapo.pt
    sbcglobal.net seznam.cz shaw.ca sina.cn sina.com skynet.be sohu.com sympatico.ca t-online.de talktalk.net telus.net
    terra.com.br tiscali.it tuta.com tuta.io tutanota.com tutanota.de ukr.net uol.com.br verizon.net virgilio.it
    virginmedia.com wanadoo.fr web.de windowslive.com wp.pl xtra.co.nz ya.ru yahoo.ca yahoo.cn yahoo.co.id yahoo.co.in
    yahoo.co.jp yahoo.co.kr yahoo.co.nz yahoo.co.uk yahoo.com yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.hk
    yahoo.com.mx yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.de yahoo.dk yahoo.es yahoo.fr yahoo.gr yahoo.ie yahoo.in
    yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.se yandex.com yandex.ru yandex.ua yeah.net ymail.com ziggo.nl zohomail.com
    """.split()  # noqa: SIM905 - a list of two hundred words reads better without its quotes
)


def company_domain(text: str | None, to_ascii: ToAscii) -> str | None:
    """`https://www.ACME.com/about` → `acme.com`; None for addresses, public mail and what is no domain at all."""
    if text is None or len(text) > LONGEST_INPUT:
        return None
    host = to_ascii(_host(text))
    if not host:
        return None
    domain = _without_www(host)
    return domain if _is_company_domain(domain) else None


def _host(text: str) -> str:
    """What is left without scheme, user, port, path and the dot of the root."""
    rest = _SCHEME.sub("", text.strip())
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    return re.sub(r":\d*$", "", authority.rpartition("@")[2]).strip().rstrip(".")


def _without_www(host: str) -> str:
    rest = host.removeprefix("www.")
    return rest if "." in rest else host


def _is_company_domain(domain: str) -> bool:
    labels = domain.split(".")
    return (
        len(labels) >= 2
        and len(domain) <= LONGEST
        and all(_LABEL.fullmatch(label) for label in labels)
        and _TOP_LEVEL.fullmatch(labels[-1]) is not None
        and labels[-1] not in _PRIVATE
        and not any(".".join(labels[start:]) in _MAIL_HOSTS for start in range(len(labels)))
    )
