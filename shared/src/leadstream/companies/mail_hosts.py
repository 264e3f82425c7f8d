"""Domains whose mailboxes are anybody's: they say nothing about a company."""

_NAMES = """
    10minutemail.com 126.com 139.com 163.com 188.com 21cn.com aim.com alice.it aliyun.com
    anonaddy.com arcor.de att.net bbox.fr bell.net bellsouth.net bigpond.com bk.ru bluewin.ch
    blueyonder.co.uk bol.com.br btinternet.com btopenworld.com centrum.cz charter.net comcast.net
    comhem.se cox.net daum.net dispostable.com disroot.org docomo.ne.jp duck.com earthlink.net
    eircom.net email.com email.cz ezweb.ne.jp fastmail.com fastmail.fm foxmail.com free.fr
    freenet.de guerrillamail.com hanmail.net hey.com hushmail.com icloud.com ig.com.br iinet.net.au
    inbox.com inbox.eu inbox.lv inbox.ru interia.pl juno.com keemail.me laposte.net libero.it
    list.ru live.be live.ca live.cn live.co.uk live.co.za live.com live.com.au live.com.mx
    live.com.pt live.de live.dk live.fr live.ie live.it live.jp live.nl live.no live.se lycos.com
    mac.com mail.com mail.de mail.ee mail.ru mailbox.org mailfence.com mailinator.com me.com
    movistar.es msn.com myself.com nate.com naver.com netscape.net neuf.fr nifty.com ntlworld.com
    numericable.fr o2.pl ocn.ne.jp onet.pl online.no op.pl optonline.net optusnet.com.au orange.fr
    pm.me posteo.de posteo.net privaterelay.appleid.com prodigy.net.mx proton.me qq.com rambler.ru
    rediffmail.com relay.firefox.com riseup.net roadrunner.com rr.com runbox.com sapo.pt
    sbcglobal.net seznam.cz sfr.fr sharklasers.com shaw.ca simplelogin.com sina.cn sina.com
    skynet.be softbank.ne.jp sohu.com startmail.com sympatico.ca t-online.de talktalk.net
    telefonica.net telenet.be telia.com telus.net temp-mail.org terra.com.br tiscali.co.uk
    tiscali.it tpg.com.au trashmail.com tuta.com tuta.io tutamail.com ukr.net uol.com.br verizon.net
    vip.qq.com virgilio.it virginmedia.com voila.fr walla.co.il wanadoo.fr web.de windstream.net
    wp.pl xtra.co.nz ya.ru yeah.net ziggo.nl zohomail.com zoznam.sk
"""
MAIL_HOSTS = frozenset(_NAMES.split())

# `hotmail.com`, `hotmail.com.tr`: the same house in many countries.
_BRANDS = """
    aol gmail gmx googlemail hotmail outlook protonmail rocketmail tutanota windowslive yahoo yandex ymail yopmail
"""
MAIL_UNDER_ANY_SUFFIX = frozenset(_BRANDS.split())
