"""The shop's tasks, and what its checkers look at in the database."""

from __future__ import annotations

from functools import cache

from webagent.tasks.sites.shop import heldout, train
from webagent.tasks.sites.template import Template

_PRODUCT = "JOIN catalogue_product p ON p.id = l.product_id"
VIEWS = {
    "cart": f"""SELECT coalesce(u.email, ''), p.title, l.quantity FROM basket_line l {_PRODUCT}
        JOIN basket_basket b ON b.id = l.basket_id LEFT JOIN auth_user u ON u.id = b.owner_id
        WHERE b.status = 'Open'""",
    "saved": f"""SELECT u.email, p.title, l.quantity FROM basket_line l {_PRODUCT}
        JOIN basket_basket b ON b.id = l.basket_id JOIN auth_user u ON u.id = b.owner_id
        WHERE b.status = 'Saved'""",
    "coupons": """SELECT coalesce(u.email, ''), v.code FROM basket_basket_vouchers x
        JOIN basket_basket b ON b.id = x.basket_id JOIN voucher_voucher v ON v.id = x.voucher_id
        LEFT JOIN auth_user u ON u.id = b.owner_id WHERE b.status = 'Open'""",
    "orders": """SELECT coalesce(u.email, o.guest_email), a.first_name || ' ' || a.last_name,
        a.line1, a.line4, a.postcode,
        (SELECT group_concat(title || ' x' || quantity, ', ') FROM (SELECT title, quantity
         FROM order_line WHERE order_id = o.id ORDER BY title)) FROM order_order o
        LEFT JOIN auth_user u ON u.id = o.user_id
        LEFT JOIN order_shippingaddress a ON a.id = o.shipping_address_id""",
    "reviews": """SELECT p.title, u.email, r.score, plain(r.title), plain(r.body)
        FROM reviews_productreview r JOIN catalogue_product p ON p.id = r.product_id
        LEFT JOIN auth_user u ON u.id = r.user_id""",
    "votes": """SELECT u.email, p.title, a.first_name || ' ' || a.last_name, v.delta
        FROM reviews_vote v JOIN auth_user u ON u.id = v.user_id
        JOIN reviews_productreview r ON r.id = v.review_id
        JOIN catalogue_product p ON p.id = r.product_id JOIN auth_user a ON a.id = r.user_id""",
    "wish lists": """SELECT u.email, w.name, w.visibility FROM wishlists_wishlist w
        JOIN auth_user u ON u.id = w.owner_id""",
    "wishes": f"""SELECT u.email, w.name, p.title, l.quantity FROM wishlists_line l {_PRODUCT}
        JOIN wishlists_wishlist w ON w.id = l.wishlist_id JOIN auth_user u ON u.id = w.owner_id""",
    "addresses": """SELECT u.email, a.first_name, a.last_name, a.line1, a.line4, a.postcode,
        a.is_default_for_shipping, a.is_default_for_billing FROM address_useraddress a
        JOIN auth_user u ON u.id = a.user_id""",
    "customers": "SELECT email, first_name, last_name, password(password) FROM auth_user",
    "alerts": """SELECT coalesce(u.email, l.email), p.title, l.status FROM customer_productalert l
        JOIN catalogue_product p ON p.id = l.product_id
        LEFT JOIN auth_user u ON u.id = l.user_id""",
}


@cache
def templates() -> tuple[Template, ...]:
    return (*train.templates(), *heldout.templates())
