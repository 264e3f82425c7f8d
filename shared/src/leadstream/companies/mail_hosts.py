"""Domains whose mailboxes are anybody's: they say nothing about a company."""

_NAMES = """
    10minutemail.com 126.com 139.com 163.com 188.com 21cn.com aim.com alice.it aliyun.com anonaddy.com
    aol.com arcor.de att.net bbox.fr bell.net bellsouth.net bigpond.com bk.ru bluewin.ch blueyonder.co.uk
    bol.com.br btinternet.com btopenworld.com centrum.cz charter.net comcast.net comhem.se cox.net
    daum.net dispostable.com disroot.org docomo.ne.jp duck.com earthlink.net eircom.net email.com
    email.cz ezweb.ne.jp fastmail.com fastmail.fm foxmail.com free.fr freenet.de gmail.com
    gmx.at gmx.ch gmx.co.uk gmx.com gmx.de gmx.fr gmx.net gmx.us googlemail.com guerrillamail.com
    hanmail.net hey.com hotmail.be hotmail.ca hotmail.co.jp hotmail.co.nz hotmail.co.uk hotmail.com
    hotmail.com.ar hotmail.com.br hotmail.com.mx hotmail.de hotmail.dk hotmail.es hotmail.fr hotmail.it
    hotmail.nl hotmail.no hotmail.se hushmail.com icloud.com ig.com.br iinet.net.au inbox.com inbox.eu
    inbox.lv inbox.ru interia.pl juno.com keemail.me laposte.net libero.it list.ru live.be live.ca
    live.cn live.co.uk live.co.za live.com live.com.au live.com.mx live.com.pt live.de live.dk live.fr
    live.ie live.it live.jp live.nl live.no live.se lycos.com mac.com mail.com mail.de mail.ee mail.ru
    mailbox.org mailfence.com mailinator.com me.com movistar.es msn.com myself.com nate.com naver.com
    netscape.net neuf.fr nifty.com ntlworld.com numericable.fr o2.pl ocn.ne.jp onet.pl online.no op.pl
    optonline.net optusnet.com.au orange.fr outlook.at outlook.be outlook.cl outlook.co.id outlook.co.nz
    outlook.co.th outlook.com outlook.com.ar outlook.com.au outlook.com.br outlook.de outlook.dk
    outlook.es outlook.fr outlook.ie outlook.in outlook.it outlook.jp outlook.pt outlook.sa pm.me
    posteo.de posteo.net privaterelay.appleid.com prodigy.net.mx proton.me protonmail.ch protonmail.com
    qq.com rambler.ru rediffmail.com relay.firefox.com riseup.net roadrunner.com rocketmail.com
    rr.com runbox.com sapo.pt sbcglobal.net seznam.cz sfr.fr sharklasers.com shaw.ca
    simplelogin.com sina.cn sina.com skynet.be softbank.ne.jp sohu.com startmail.com sympatico.ca
    t-online.de talktalk.net telefonica.net telenet.be telia.com telus.net temp-mail.org terra.com.br
    tiscali.co.uk tiscali.it tpg.com.au trashmail.com tuta.com tuta.io tutamail.com tutanota.com
    tutanota.de ukr.net uol.com.br verizon.net vip.qq.com virgilio.it virginmedia.com voila.fr
    walla.co.il wanadoo.fr web.de windowslive.com windstream.net wp.pl xtra.co.nz ya.ru yahoo.ca yahoo.cn
    yahoo.co.id yahoo.co.in yahoo.co.jp yahoo.co.kr yahoo.co.nz yahoo.co.th yahoo.co.uk yahoo.co.za
    yahoo.com yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.cn yahoo.com.hk yahoo.com.mx yahoo.com.my
    yahoo.com.ph yahoo.com.sg yahoo.com.tr yahoo.com.tw yahoo.com.vn yahoo.cz yahoo.de yahoo.dk yahoo.es
    yahoo.fr yahoo.gr yahoo.hu yahoo.ie yahoo.in yahoo.it yahoo.nl yahoo.no yahoo.pl yahoo.ro yahoo.se
    yandex.by yandex.com yandex.kz yandex.ru yandex.ua yeah.net ymail.com yopmail.com ziggo.nl
    zohomail.com zoznam.sk
"""
MAIL_HOSTS = frozenset(_NAMES.split())
